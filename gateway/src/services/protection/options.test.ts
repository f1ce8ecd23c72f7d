// Duplicates and quiet hours, the options of protection.

import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import {
  burst,
  claimedMessage,
  decisionsOf,
  kinds,
  noon,
  passed,
  protectionProcess,
  setProtection,
} from "../../../test/support/protection.ts";
import { insertBareAccount } from "../../../test/support/sandbox.ts";
import { storeMessage } from "../../../test/support/stored-messages.ts";
import { type AccountSid, newUuid, uuidOf } from "../../core/ids.ts";
import { openDatabase } from "../../store/connect.ts";
import { insertContact } from "../../store/contacts.ts";
import type { Database } from "../../store/database.ts";
import { insertSafeListEntry } from "../../store/safe-list.ts";

let database: TestDatabase;
let secondPool: Database;
const silent = pino({ level: "silent" });

beforeAll(async () => {
  database = await testDatabase();
  secondPool = openDatabase({ ...database.connection, poolSize: 4, log: silent });
});
afterAll(async () => {
  await secondPool.close();
  await database.close();
});

let accountSid: AccountSid;
beforeEach(async () => {
  accountSid = await insertBareAccount(database.db);
});

describe("duplicates", () => {
  const text = { body: "Your code is 123456" };
  const repeats = (acceptedMs: number, parts: object = {}) =>
    claimedMessage(accountSid, { ...text, acceptedMs, ...parts });

  beforeEach(() =>
    setProtection(database.db, accountSid, "deny", { velocity: { learned: false }, duplicates: { enabled: true } }),
  );

  it("fail with 30453; the same text later, elsewhere or from another sender is none", async () => {
    const one = protectionProcess(database.db);
    const verdicts = await one.judge([
      repeats(noon),
      repeats(noon + 9000),
      repeats(noon + 10_000),
      repeats(noon + 12_000),
      repeats(noon, { to: "+12465550143" }),
      repeats(noon, { from: "+12025550101" }),
      repeats(noon, { body: "Your code is 654321" }),
      repeats(noon, { numMedia: 1 }),
    ]);
    expect(kinds(verdicts)).toEqual(["pass", "deny", "pass", "deny", "pass", "pass", "pass", "pass"]);
    expect(verdicts[1]).toEqual({ kind: "deny", errorCode: 30453 });
    const [decision] = await decisionsOf(database.db, accountSid);
    expect(decision).toMatchObject({ rule: "duplicate", action: "denied" });
    expect(decision?.explanation).toMatch(/^The same text to the same recipient as SM\w{32}, 9 s apart; within 10 s /);
  });

  it("that come at the same moment to two processes: exactly one passes", async () => {
    const processes = [protectionProcess(database.db), protectionProcess(secondPool)];
    for (let round = 0; round < 20; round++) {
      const body = `Your code is ${round}`;
      const verdicts = await Promise.all(processes.map((each) => each.judge([repeats(noon, { body })])));
      expect(kinds(verdicts.flat()).sort()).toEqual(["deny", "pass"]);
    }
  });

  it("of a message that has failed are none: somebody tries again", async () => {
    const sid = await storeMessage(database.db, accountSid, { status: "sending" });
    const acceptedMs = Date.now();
    const one = protectionProcess(database.db);
    expect(kinds(await one.judge([{ ...repeats(acceptedMs), sid }]))).toEqual(["pass"]);
    expect(kinds(await one.judge([repeats(acceptedMs + 1000)]))).toEqual(["deny"]);
    await database.db.query("update messages set status = 'failed' where id = $1", [uuidOf(sid)]);
    expect(kinds(await one.judge([repeats(acceptedMs + 2000)]))).toEqual(["pass"]);
  });

  it("are all but one of five hundred at once", async () => {
    const one = protectionProcess(database.db);
    const verdicts = await one.judge(Array.from({ length: 500 }, (_, index) => repeats(noon + index)));
    expect(passed(verdicts)).toBe(1);
  });
});

describe("quiet hours", () => {
  const night = Date.parse("2026-11-21T02:30:00Z");
  const morning = Date.parse("2026-11-21T12:00:00Z");

  beforeEach(() => setProtection(database.db, accountSid, "deny", { quietHours: { enabled: true } }));

  it("hold a message until the morning where its recipient is, and tell of it once", async () => {
    const one = protectionProcess(database.db, night);
    const message = claimedMessage(accountSid, { to: "+12465550142" });
    expect(await one.judge([message])).toEqual([{ kind: "hold", until: new Date(morning) }]);
    expect(await one.judge([{ ...message, claim: 2 }])).toEqual([{ kind: "hold", until: new Date(morning) }]);
    one.moveTo(morning);
    expect(await one.judge([{ ...message, claim: 3 }])).toEqual([{ kind: "pass" }]);
    const decisions = await decisionsOf(database.db, accountSid);
    expect(decisions).toHaveLength(1);
    expect(decisions[0]).toMatchObject({
      ...{ rule: "quiet-hours", action: "held", held_until: new Date(morning) },
      explanation:
        "Quiet hours are 21:00 to 08:00, and it is 22:30 in America/Barbados: they are over at 2026-11-21T12:00:00.000Z.",
    });
    expect(one.told).toEqual({ "quiet-hours deny": 1 });
  });

  it("go by where the contact is, if that is known", async () => {
    const to = "+12465550142";
    await insertContact(database.db, { accountSid, contact: to, country: "US", postalCode: "96813" });
    const one = protectionProcess(database.db, night);
    expect(await one.judge([claimedMessage(accountSid, { to })])).toEqual([{ kind: "pass" }]);
  });

  it("let one-time codes, urgent messages, answers and the safe list through", async () => {
    await insertSafeListEntry(database.db, accountSid, {
      sid: `GN${newUuid().replaceAll("-", "")}`,
      number: "+12465550199",
    });
    const one = protectionProcess(database.db, night);
    const verdicts = await one.judge([
      claimedMessage(accountSid, { body: "Your code is 123456" }),
      claimedMessage(accountSid, { options: { messageIntent: "security" } }),
      claimedMessage(accountSid, { direction: "outbound-reply" }),
      claimedMessage(accountSid, { to: "+12465550199" }),
      claimedMessage(accountSid, { to: "whatsapp:+12465550199" }),
      claimedMessage(accountSid),
    ]);
    expect(kinds(verdicts)).toEqual(["pass", "pass", "pass", "pass", "pass", "hold"]);
  });

  it("are only recorded in record mode, and velocity is counted when a message is asked for, not in the morning", async () => {
    const one = protectionProcess(database.db, night);
    const held = burst(accountSid, 20);
    expect(kinds(await one.judge(held))).toEqual(Array(20).fill("hold"));
    one.moveTo(morning);
    expect(passed(await one.judge([...held, ...burst(accountSid, 20)]))).toBe(40);
    const recording = await insertBareAccount(database.db);
    await setProtection(database.db, recording, "record", { quietHours: { enabled: true } });
    one.moveTo(night);
    expect(passed(await one.judge([claimedMessage(recording)]))).toBe(1);
    expect(await decisionsOf(database.db, recording)).toMatchObject([{ rule: "quiet-hours", action: "recorded" }]);
  });
});
