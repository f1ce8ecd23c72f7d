import { pino } from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { systemClock } from "../../core/clock.ts";
import { type AccountSid, type MessageSid, newUuid, sidOf } from "../../core/ids.ts";
import { type CallbackOutcome, claimDueCallbacks } from "../../store/callback-queue.ts";
import { insertCallbacks, listCallbacks } from "../../store/callbacks.ts";
import { createOutcomeWriter, type OutcomeWriter } from "./outcome-writer.ts";

const accountSid = sidOf<AccountSid>("AC", newUuid());
const log = pino({ level: "silent" });

let database: TestDatabase;
let writer: OutcomeWriter;

beforeEach(async () => {
  database = await testDatabase();
  writer = createOutcomeWriter({ db: database.db, clock: systemClock, log, patienceMs: 10_000 });
});

afterEach(async () => {
  await writer.stop();
  await database.close();
});

async function failedWith(...errors: string[]): Promise<CallbackOutcome[]> {
  await insertCallbacks(
    database.db,
    errors.map((_, index) => ({
      accountSid,
      id: newUuid(),
      messageSid: sidOf<MessageSid>("SM", newUuid()),
      kind: "inbound",
      url: `http://127.0.0.1/${index}`,
      method: "POST",
      fallbackUrl: null,
      fallbackMethod: "POST",
      fields: [],
    })),
  );
  const soon = Date.now() + 1_000;
  const { claimed } = await claimDueCallbacks(database.db, {
    now: new Date(soon),
    leaseEnd: new Date(soon + 60_000),
    limit: errors.length,
    freeOf: () => errors.length,
    after: "",
  });
  claimed.sort((a, b) => a.url.localeCompare(b.url));
  const dueAt = new Date(soon + 5_000);
  return claimed.map((callback, index) => ({
    callback,
    state: "pending",
    dueAt,
    tried: true,
    status: 200,
    error: errors[index] ?? null,
  }));
}

async function storedOf(outcomes: readonly CallbackOutcome[]) {
  await Promise.all(outcomes.map(writer.write));
  const rows = await Promise.all(
    outcomes.map(({ callback }) => listCallbacks(database.db, accountSid, callback.messageSid)),
  );
  return rows.map(([row]) => ({ attempts: row?.attempts, status: row?.lastStatus, error: row?.lastError }));
}

it("an outcome that quotes what PostgreSQL cannot store is stored without it, and at a readable length", async () => {
  const outcomes = await failedWith("12100 <Resp\0onse/> \ud800", `12100 ${"x".repeat(100_000)}`, "11200 HTTP 500");
  expect(await storedOf(outcomes)).toEqual([
    { attempts: 1, status: 200, error: "12100 <Response/> \ufffd" },
    { attempts: 1, status: 200, error: `12100 ${"x".repeat(994)}` },
    { attempts: 1, status: 200, error: "11200 HTTP 500" },
  ]);
});

it("an outcome that the database refuses is noted without its details, and takes no other with it", async () => {
  await database.db.query("alter table callbacks add check (last_error <> 'refused')");
  const outcomes = await failedWith("11200 HTTP 500", "refused", "11200 HTTP 503");
  expect(await storedOf(outcomes)).toEqual([
    { attempts: 1, status: 200, error: "11200 HTTP 500" },
    { attempts: 1, status: null, error: "12400 gateway error" },
    { attempts: 1, status: 200, error: "11200 HTTP 503" },
  ]);
});
