import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/support/database.ts";
import { insertMessageAccount, type MessageAccount, realAcceptance } from "../../test/support/message-account.ts";
import { newUuid, type Uuid, uuidOf } from "../core/ids.ts";
import { settleAttempts } from "./attempt-reports.ts";
import { adoptCarrierMessage } from "./carrier-messages.ts";
import { beginFirstAttempts, type ClaimedMessage, type ClaimResult, claimDueMessages, finishClaims } from "./queue.ts";
import { insertReportPolls } from "./report-polls.ts";

const from = "+12025550100";
const providerId = newUuid();
let database: TestDatabase;
let account: MessageAccount;
/** The same text to the same recipient: the first got no answer and is looked for, the second is being answered. */
let lost: ClaimedMessage;
let answered: ClaimedMessage;
let carrierMessageId: string;

beforeAll(async () => {
  database = await testDatabase();
  account = await insertMessageAccount(database.db);
  await account.addSender({ address: from });
});
afterAll(() => database.close());

beforeEach(async () => {
  const { accountSid } = account;
  await database.db.query("update messages set due_at = null");
  const acceptance = realAcceptance(database.db);
  const message = { to: "+12025550142", from, body: "Your code is 123456" };
  await Promise.all([acceptance.accept(accountSid, message), acceptance.accept(accountSid, message)]);
  const now = new Date();
  const claimed = await claimDueMessages(database.db, now, new Date(now.getTime() + 30_000), 2);
  const intents = claimed.map((one) => ({ ...one, attempt: 1, providerId, from, shownFrom: from }));
  await beginFirstAttempts(database.db, intents, now);
  const [one, other] = claimed;
  if (one === undefined || other === undefined) throw new Error("nothing was claimed");
  [lost, answered, carrierMessageId] = [one, other, `SM${newUuid()}`];
});

const nameOf = ({ accountSid, sid: messageSid }: ClaimedMessage) => ({
  accountSid,
  messageSid,
  attempt: 1,
  providerId,
});

const adopt = (message: ClaimedMessage) =>
  adoptCarrierMessage(database.db, { ...nameOf(message), carrierMessageId }, new Date());

function finish(message: ClaimedMessage, outcome: "accepted" | "adopted") {
  const { accountSid, sid, claim } = message;
  const result: ClaimResult = {
    ...{ accountSid, sid, claim, status: "sent", dueAt: null, errorCode: null, paced: false },
    attempt: { attempt: 1, outcome, errorCode: null, reason: null, carrierMessageId, matched: true },
    event: { id: newUuid(), type: "message.sent", data: null },
  };
  return finishClaims(database.db, [result], new Date());
}

async function stateOf(message: ClaimedMessage) {
  const [row] = await database.db.query<Record<string, unknown>>(
    `select m.status, m.due_at is not null and m.lease_until is null as waits, a.outcome, a.carrier_message_id as id,
       (select count(*)::int from report_polls p where p.message_id = m.id) as polls,
       (select count(*)::int from carrier_messages c where c.message_id = m.id) as matches
     from messages m join attempts a on a.account_id = m.account_id and a.message_id = m.id
     where m.account_id = $1 and m.id = $2`,
    [uuidOf(message.accountSid), uuidOf(message.sid)],
  );
  return row;
}

const open = { status: "sending", waits: true, outcome: "unknown", id: null, polls: 0, matches: 0 };
const own = (outcome: string) => ({ status: "sent", outcome, id: carrierMessageId, matches: 1 });

describe("a provider's message that was adopted for another attempt than it was answered to", () => {
  it("is the answered one's, and the other attempt is open again, although it had ended", async () => {
    expect(await adopt(lost)).toBe(true);
    await finish(lost, "adopted");
    const dueAt = new Date();
    await insertReportPolls(database.db, [{ ...nameOf(lost), carrierMessageId, calledBack: false, dueAt }], dueAt);
    expect(await stateOf(lost)).toMatchObject({ ...own("adopted"), polls: 1 });
    await finish(answered, "accepted");
    expect(await stateOf(lost)).toEqual(open);
    expect(await stateOf(answered)).toMatchObject(own("accepted"));
  });

  it("also when the adoption is stored at the same time, and its outcome after that", async () => {
    let finished: Promise<unknown> = Promise.resolve();
    await database.db.transaction(async (tx) => {
      await adoptCarrierMessage(tx, { ...nameOf(lost), carrierMessageId }, new Date());
      finished = finish(answered, "accepted");
      await expect.poll(waiting, { interval: 5 }).toBe(1);
    });
    await finished;
    expect(await stateOf(lost)).toEqual(open);
    // Its worker knows nothing of that.
    expect(await finish(lost, "adopted")).toEqual(new Set());
    expect(await stateOf(lost)).toEqual(open);
    expect(await stateOf(answered)).toMatchObject(own("accepted"));
  });

  it("stays what it is once there was a report on it", async () => {
    await adopt(lost);
    await finish(lost, "adopted");
    const settlement = { ...nameOf(lost), carrierMessageId, settles: false, reported: "delivered" } as const;
    await settleAttempts(database.db, [settlement], new Date());
    await finish(answered, "accepted");
    expect(await stateOf(lost)).toMatchObject({ status: "sent", outcome: "adopted", id: carrierMessageId });
  });

  it("is the one's whose report it comes with, as well", async () => {
    await adopt(lost);
    await finish(lost, "adopted");
    const settlement = { ...nameOf(answered), carrierMessageId, settles: true, reported: "delivered" } as const;
    await settleAttempts(database.db, [settlement], new Date());
    expect(await stateOf(lost)).toEqual(open);
    expect(await stateOf(answered)).toMatchObject({ outcome: "adopted", id: carrierMessageId });
  });

  it("is not open again when the adopting attempt has been answered with another one since", async () => {
    await adopt(lost);
    const wrong = carrierMessageId;
    carrierMessageId = `SM${newUuid()}`;
    await finish(lost, "accepted");
    expect(await stateOf(lost)).toMatchObject({ outcome: "accepted", id: carrierMessageId });
    carrierMessageId = wrong;
    await finish(answered, "accepted");
    expect(await stateOf(lost)).toMatchObject({ status: "sent", outcome: "accepted" });
    expect(await stateOf(answered)).toMatchObject(own("accepted"));
  });
});

describe("an upstream that gives several messages one id", () => {
  it("has them stored all the same", async () => {
    const results = [lost, answered].map((message): ClaimResult => {
      const { accountSid, sid, claim } = message;
      return {
        ...{ accountSid, sid, claim, status: "sent", dueAt: null, errorCode: null, paced: false, event: null },
        attempt: { attempt: 1, outcome: "accepted", errorCode: null, reason: null, carrierMessageId, matched: true },
      };
    });
    expect((await finishClaims(database.db, results, new Date())).size).toBe(2);
  });
});

async function waiting(): Promise<number> {
  const rows = await database.db.query(
    "select 1 as one from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return rows.length;
}

describe("adopting", () => {
  it("what the attempt has already is no failure", async () => {
    expect([await adopt(lost), await adopt(lost)]).toEqual([true, true]);
    expect(await adopt(answered)).toBe(false);
    const answeredId: Uuid = newUuid();
    carrierMessageId = answeredId;
    await finish(answered, "accepted");
    expect(await adopt(answered)).toBe(true);
  });
});
