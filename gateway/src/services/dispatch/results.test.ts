import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { insertMessageAccount, realAcceptance } from "../../../test/support/message-account.ts";
import { systemClock } from "../../core/clock.ts";
import { newUuid, uuidOf } from "../../core/ids.ts";
import { adoptCarrierMessage } from "../../store/carrier-messages.ts";
import { beginFirstAttempts, claimDueMessages } from "../../store/queue.ts";
import { applyReports } from "../../store/reports.ts";
import { createResults } from "./results.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

it.each([
  ["is asked about", true, 1],
  ["is asked about no more when its attempt was opened again meanwhile: it is another message's", false, 0],
])("what was adopted %s", async (_what, isAdopted, polls) => {
  const { db } = database;
  const account = await insertMessageAccount(db);
  const from = "+12025550100";
  await account.addSender({ address: from });
  await realAcceptance(db).accept(account.accountSid, { to: "+12025550142", from, body: "Your code is 123456" });
  const now = new Date();
  const [message] = await claimDueMessages(db, now, new Date(now.getTime() + 30_000), 1);
  if (message === undefined) throw new Error("nothing was claimed");
  const { accountSid, sid, claim } = message;
  const providerId = newUuid();
  await beginFirstAttempts(db, [{ ...message, attempt: 1, providerId, from, shownFrom: from }], now);
  const name = { accountSid, messageSid: sid, attempt: 1, providerId, carrierMessageId: "SM1" };
  await adoptCarrierMessage(db, name, now);
  if (!isAdopted) await db.query("update attempts set outcome = 'unknown', carrier_message_id = null");
  const results = createResults({ db, clock: systemClock, onBatch: () => undefined, wakeCallbacks: () => undefined });
  const attempt = {
    outcome: "adopted",
    errorCode: null,
    reason: null,
    carrierMessageId: "SM1",
    matched: true,
  } as const;
  const settled = { status: "sent", dueAt: null, errorCode: null, paced: false, event: null } as const;
  const result = { accountSid, sid, claim, ...settled, attempt: { ...attempt, attempt: 1 } };
  await results.finish({ message, from, result, reportPoll: { ...name, calledBack: false, dueAt: now } });
  const rows = await db.query("select 1 as one from report_polls where message_id = $1", [uuidOf(sid)]);
  expect(rows).toHaveLength(polls);
});

it("that a message was sent is told with how, also when its report went ahead of the outcome", async () => {
  const { db } = database;
  const account = await insertMessageAccount(db);
  const from = "+12025550100";
  await account.addSender({ address: from });
  await realAcceptance(db).accept(account.accountSid, { to: "+12025550142", from, body: "Your code is 123456" });
  const now = new Date();
  const [message] = await claimDueMessages(db, now, new Date(now.getTime() + 30_000), 1);
  if (message === undefined) throw new Error("nothing was claimed");
  const { accountSid, sid, claim } = message;
  await beginFirstAttempts(db, [{ ...message, attempt: 1, providerId: newUuid(), from, shownFrom: from }], now);
  await applyReports(db, [{ accountSid, messageSid: sid, status: "delivered", errorCode: null, at: now }], now);
  const results = createResults({ db, clock: systemClock, onBatch: () => undefined, wakeCallbacks: () => undefined });
  const data = { attempt: 1, passedOver: [{ reason: "at rest" }] };
  const event = { id: newUuid(), type: "message.sent", data } as const;
  const attempt = { attempt: 1, outcome: "accepted", errorCode: null, reason: null, carrierMessageId: "SM2" } as const;
  const result = { accountSid, sid, status: "sent", dueAt: null, errorCode: null, paced: false, event } as const;
  const outcome = { ...result, attempt: { ...attempt, matched: false } };
  await results.finish({ message, from, result: { ...outcome, claim: claim - 1 } });
  const told = () => db.query("select type, data from events where message_id = $1 order by id", [uuidOf(sid)]);
  // Of a worker that has lost its lease: it changes nothing.
  expect(await told()).toMatchObject([{ type: "message.sent", data: null }, { type: "message.delivered" }]);
  await results.finish({ message, from, result: { ...outcome, claim } });
  expect(await told()).toMatchObject([{ type: "message.sent", data }, { type: "message.delivered" }]);
});
