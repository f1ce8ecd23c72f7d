import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { insertBareAccount, newHandover } from "../../../test/support/sandbox.ts";
import type { AccountSid } from "../../core/ids.ts";
import { faultDocumentSchema, noFaults } from "../../core/sandbox/fault-rules.ts";
import type { Database } from "../../store/database.ts";
import { createSandboxFaults } from "./faults.ts";

describe("fault rules in force", () => {
  let database: TestDatabase;
  let accountSid: AccountSid;
  let nowMs = 1_000_000;
  const clock = { nowMs: () => nowMs };
  let reads = 0;
  let counted: Database;
  beforeAll(async () => {
    database = await testDatabase();
    const { db } = database;
    counted = {
      ...db,
      query(statement, values) {
        reads += 1;
        return db.query(statement, values);
      },
    };
  });
  afterAll(() => database.close());

  const limitFirst = faultDocumentSchema.parse({
    rules: [{ match: { times: 1 }, effect: { type: "rate-limit" } }],
  });
  const answer = async (faults: ReturnType<typeof createSandboxFaults>) =>
    (await faults.of(accountSid)).onHandover(newHandover(accountSid)).answer?.type ?? "accepted";

  it("are read once for any number of hand-overs within a second", async () => {
    accountSid = await insertBareAccount(database.db);
    const faults = createSandboxFaults({ db: counted, clock });
    reads = 0;
    await Promise.all(Array.from({ length: 100 }, () => faults.of(accountSid)));
    nowMs += 999;
    await faults.of(accountSid);
    expect(reads).toBe(1);
    nowMs += 1;
    await Promise.all(Array.from({ length: 100 }, () => faults.of(accountSid)));
    expect(reads).toBe(2);
  });

  it("change at once where they are written, and within a second in another process", async () => {
    accountSid = await insertBareAccount(database.db);
    const [here, there] = [createSandboxFaults({ db: counted, clock }), createSandboxFaults({ db: counted, clock })];
    expect(await answer(here)).toBe("accepted");
    expect(await answer(there)).toBe("accepted");
    await here.replace(accountSid, limitFirst);
    expect(await answer(here)).toBe("rate-limit");
    expect(await answer(there)).toBe("accepted");
    nowMs += 1000;
    expect(await answer(there)).toBe("rate-limit");
  });

  it("keep counting when they are read again unchanged, and start afresh when they are written", async () => {
    accountSid = await insertBareAccount(database.db);
    const faults = createSandboxFaults({ db: counted, clock });
    await faults.replace(accountSid, limitFirst);
    expect(await answer(faults)).toBe("rate-limit");
    nowMs += 5000;
    expect(await answer(faults)).toBe("accepted");
    await faults.replace(accountSid, limitFirst);
    expect(await answer(faults)).toBe("rate-limit");
  });

  it("are each account's own", async () => {
    const other = await insertBareAccount(database.db);
    accountSid = await insertBareAccount(database.db);
    const faults = createSandboxFaults({ db: counted, clock });
    await faults.replace(other, limitFirst);
    expect(await answer(faults)).toBe("accepted");
    expect(await faults.read(accountSid)).toEqual(noFaults);
    expect(await faults.read(other)).toEqual(limitFirst);
  });

  it("stay as they were when what is written alongside fails", async () => {
    accountSid = await insertBareAccount(database.db);
    const faults = createSandboxFaults({ db: counted, clock });
    const failing = faults.replace(accountSid, limitFirst, () => Promise.reject(new Error("no audit")));
    await expect(failing).rejects.toThrow("no audit");
    expect(await faults.read(accountSid)).toEqual(noFaults);
    expect(await answer(faults)).toBe("accepted");
  });
});
