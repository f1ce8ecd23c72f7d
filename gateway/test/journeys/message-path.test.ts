// The way of a message through acceptance, dispatch and the sandbox: each row of the outcome table, crashes, pace,
// several processes. The sandbox's own record is the judge of what was sent.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GatewayError } from "../../src/core/errors.ts";
import { newUuid, sidOf, uuidOf } from "../../src/core/ids.ts";
import { insertMessagingService } from "../../src/store/messaging-services.ts";
import { beginFirstAttempts, claimDueMessages } from "../../src/store/queue.ts";
import { findSenderByAddress, listSenders } from "../../src/store/senders.ts";
import { setSenderService } from "../../src/store/service-pools.ts";
import { type MessageRow, ownNumber, secondNumber, startMessagePath, type TestPath } from "../support/message-path.ts";

const handset = "+12025550142";
const request = { to: handset, from: ownNumber, body: "Your code is 123456" };
const ended = (row: MessageRow) => ["delivered", "undelivered", "failed"].includes(row.status) && row.due_at === null;

let path: TestPath;
afterEach(() => path.stop());

async function accept(parts: object = {}): Promise<string> {
  const { message } = await path.acceptance.accept(path.accountSid, { ...request, ...parts });
  return message.sid;
}

async function makeService() {
  const sid = sidOf<Parameters<typeof insertMessagingService>[1]["sid"]>("MG", newUuid());
  await insertMessagingService(path.db, { accountSid: path.accountSid, sid, friendlyName: "codes" });
  for (const sender of await listSenders(path.db, path.accountSid)) {
    await setSenderService(path.db, path.accountSid, sender.id, sid);
  }
  return sid;
}

async function pace(segmentsPerSecond: number, queueLimitSeconds: number): Promise<void> {
  await path.db.query("update senders set segments_per_second = $1, queue_limit_seconds = $2 where address = $3", [
    segmentsPerSecond,
    queueLimitSeconds,
    ownNumber,
  ]);
}

describe("a message", () => {
  beforeEach(async () => {
    path = await startMessagePath();
  });

  it("is handed over once and delivered, with its attempt and its timeline stored", async () => {
    const sid = await accept();
    const row = await path.until(sid, ended);
    expect(row).toMatchObject({ status: "delivered", error_code: null, num_segments: 1 });
    expect(await path.attemptsOf(sid)).toMatchObject([{ attempt: 1, outcome: "accepted", from_address: ownNumber }]);
    expect(await path.recordsOf(sid)).toBe(1);
    expect((await path.eventsOf(sid)).at(-1)).toBe("message.delivered");
  });

  it("fails at once, without another try, when the recipient is at fault", async () => {
    await path.inject({ rules: [{ effect: { type: "failed-recipient", errorCode: 21614 } }] });
    const sid = await accept();
    expect(await path.until(sid, ended)).toMatchObject({ status: "failed", error_code: 21614 });
    expect(await path.attemptsOf(sid)).toMatchObject([{ outcome: "refused" }]);
    expect(await path.recordsOf(sid)).toBe(0);
  });

  it("is tried again after a refusal before anything was sent, and every attempt keeps its reason", async () => {
    await path.inject({ rules: [{ match: { times: 1 }, effect: { type: "rate-limit", retryAfterSeconds: 0 } }] });
    const sid = await accept();
    expect(await path.until(sid, ended)).toMatchObject({ status: "delivered" });
    const attempts = await path.attemptsOf(sid);
    expect(attempts.map((attempt) => attempt.outcome)).toEqual(["retry", "accepted"]);
    expect(attempts[0]?.reason).toBeTruthy();
    expect(await path.recordsOf(sid)).toBe(1);
  });

  it("is adopted, not sent again, when only the acknowledgement was lost", async () => {
    await path.inject({ rules: [{ effect: { type: "lost-acknowledgement" } }] });
    const sid = await accept();
    expect(await path.until(sid, ended)).toMatchObject({ status: "delivered" });
    expect(await path.attemptsOf(sid)).toMatchObject([{ outcome: "adopted" }]);
    expect(await path.recordsOf(sid)).toBe(1);
  });

  it("is sent again when the provider says that the lost request never reached it", async () => {
    await path.inject({ rules: [{ match: { times: 1 }, effect: { type: "connection-reset", when: "after-send" } }] });
    const sid = await accept();
    expect(await path.until(sid, ended)).toMatchObject({ status: "delivered" });
    expect((await path.attemptsOf(sid)).map((attempt) => attempt.outcome)).toEqual(["lost", "accepted"]);
    expect(await path.recordsOf(sid)).toBe(1);
  });

  it("keeps one final status when reports come twice and in the wrong order", async () => {
    await path.inject({
      rules: [{ effect: { type: "duplicate-report", count: 3 } }, { effect: { type: "reordered-report" } }],
    });
    const sid = await accept();
    expect(await path.until(sid, ended)).toMatchObject({ status: "delivered" });
    const delivered = (await path.eventsOf(sid)).filter((type) => type === "message.delivered");
    expect(delivered).toHaveLength(1);
  });

  it("becomes undelivered with the carrier's code", async () => {
    await path.inject({ rules: [{ effect: { type: "undelivered", errorCode: 30005 } }] });
    const sid = await accept();
    expect(await path.until(sid, ended)).toMatchObject({ status: "undelivered", error_code: 30005 });
  });

  it("through a messaging service gets a sender of the pool, the same one for the same recipient", async () => {
    const messagingServiceSid = await makeService();
    const first = await accept({ from: undefined, messagingServiceSid });
    const row = await path.until(first, ended);
    expect(row).toMatchObject({ status: "delivered", num_segments: 1 });
    expect([ownNumber, secondNumber]).toContain(row.from_address);
    for (let round = 0; round < 5; round++) {
      const again = await path.until(await accept({ from: undefined, messagingServiceSid }), ended);
      expect(again.from_address).toBe(row.from_address);
    }
  });

  it("to somebody who opted out is refused at create with From, and fails later through a service", async () => {
    const messagingServiceSid = await makeService();
    await path.inbound.receive([
      { accountSid: path.accountSid, from: handset, to: ownNumber, body: "STOP", mediaUrls: [], providerId: null },
    ]);
    await expect(accept()).rejects.toMatchObject({ code: "opted-out" });
    const sid = await accept({ from: undefined, messagingServiceSid });
    expect(await path.until(sid, ended)).toMatchObject({ status: "failed", error_code: 21610 });
    expect(await path.recordsOf(sid)).toBe(0);
  });

  it("scheduled for later waits for its time, and a suspended account sends nothing", async () => {
    const messagingServiceSid = await makeService();
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const parts = { from: undefined, messagingServiceSid, scheduleType: "fixed", sendAt: later };
    const sid = await accept(parts);
    const waiting = await accept();
    await path.until(waiting, ended);
    expect(await path.until(sid, () => true)).toMatchObject({ status: "scheduled" });
    path.advance(3_600_000);
    expect(await path.until(sid, ended)).toMatchObject({ status: "delivered" });
    await path.db.query("update accounts set status = 'suspended'");
    path.advance(2000);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const suspended = await accept();
    expect(await path.until(suspended, ended)).toMatchObject({ status: "failed", error_code: 30002 });
  });

  it("is shared by several processes without a double send", async () => {
    await path.another();
    await path.another();
    const sids = await Promise.all(Array.from({ length: 600 }, () => accept()));
    for (const sid of sids) await path.until(sid, ended);
    const [row] = await path.db.query<{ records: number; messages: number }>(
      "select count(*) as records, count(distinct message_id) as messages from sandbox_messages",
    );
    expect(row).toEqual({ records: 600, messages: 600 });
  });
});

describe("an idempotency key", () => {
  beforeEach(async () => {
    path = await startMessagePath({ dispatch: false });
  });
  const idempotency = (key: string, hash = "same") => ({ key, requestHash: Buffer.from(hash) });

  it("gives the same message again, also to requests that arrive together", async () => {
    const accepted = await Promise.all(
      Array.from({ length: 40 }, () =>
        path.acceptance.accept(path.accountSid, request, { idempotency: idempotency("one") }),
      ),
    );
    expect(new Set(accepted.map(({ message }) => message.sid)).size).toBe(1);
    expect(accepted.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const [row] = await path.db.query<{ count: number }>("select count(*) from messages");
    expect(row?.count).toBe(1);
  });

  it("is a conflict with another request, and is free again after a refusal and after a day", async () => {
    await path.acceptance.accept(path.accountSid, request, { idempotency: idempotency("one") });
    const other = path.acceptance.accept(path.accountSid, request, { idempotency: idempotency("one", "other") });
    await expect(other).rejects.toMatchObject({ code: "idempotency-conflict" });
    path.advance(25 * 3_600_000);
    const later = await path.acceptance.accept(path.accountSid, request, { idempotency: idempotency("one", "other") });
    expect(later.replayed).toBe(false);
  });

  it("is not used up by a request that was refused", async () => {
    await pace(1 / 60, 0);
    const options = { idempotency: idempotency("two") };
    await path.acceptance.accept(path.accountSid, request);
    await expect(path.acceptance.accept(path.accountSid, request, options)).rejects.toMatchObject({
      code: "queue-full",
    });
    path.advance(61_000);
    expect((await path.acceptance.accept(path.accountSid, request, options)).replayed).toBe(false);
  });
});

describe("a paced sender", () => {
  it("spaces its segments, and is full beyond its limit, while other senders go on", async () => {
    path = await startMessagePath({ dispatch: false });
    await pace(1 / 60, 360);
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => accept()));
    const refused = results.filter((result) => result.status === "rejected");
    expect(refused).toHaveLength(3);
    for (const { reason } of refused as PromiseRejectedResult[]) {
      expect(reason).toBeInstanceOf(GatewayError);
      expect(reason.code).toBe("queue-full");
    }
    const rows = await path.db.query<{ due_at: Date }>("select due_at from messages order by due_at");
    const times = rows.map((row) => row.due_at.getTime());
    for (const [index, time] of times.entries()) expect(time - (times[0] ?? 0)).toBeCloseTo(index * 60_000, -1);
    const other = await accept({ from: secondNumber });
    expect((await path.until(other, () => true)).due_at?.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it("does not burst after nobody dispatched for a while", async () => {
    path = await startMessagePath({ dispatch: false });
    await pace(1 / 60, 3600);
    const sids = await Promise.all(Array.from({ length: 20 }, () => accept()));
    path.advance(3_600_000);
    await path.another();
    const first = await Promise.race(sids.map(async (sid) => (await path.until(sid, ended)) && sid));
    expect(first).toBeTruthy();
    const waiting = await path.db.query("select 1 from messages where status = 'queued' and due_at is not null");
    expect(waiting.length).toBeGreaterThanOrEqual(17);
  });
});

describe("a worker that dies", () => {
  it("before the hand-over leaves the message to the next, which sends it once", async () => {
    path = await startMessagePath({ dispatch: false });
    const sid = await accept();
    const now = new Date();
    expect(await claimDueMessages(path.db, now, new Date(now.getTime() + 30_000), 10)).toHaveLength(1);
    expect(await claimDueMessages(path.db, now, new Date(now.getTime() + 30_000), 10)).toHaveLength(0);
    path.advance(31_000);
    await path.another();
    expect(await path.until(sid, ended)).toMatchObject({ status: "delivered" });
    expect(await path.recordsOf(sid)).toBe(1);
  });

  it("after the intent was stored leaves an open attempt: the provider is asked before anything is sent again", async () => {
    path = await startMessagePath({ dispatch: false });
    const sid = await accept();
    const now = new Date();
    const [claimed] = await claimDueMessages(path.db, now, new Date(now.getTime() + 30_000), 10);
    const sender = await findSenderByAddress(path.db, path.accountSid, ownNumber);
    if (claimed === undefined || sender === null) throw new Error("nothing was claimed");
    const from = { from: ownNumber, shownFrom: ownNumber };
    const intent = { ...claimed, attempt: 1, providerId: sender.providerId, senderId: sender.id, ...from };
    expect(await beginFirstAttempts(path.db, [intent], now)).toEqual(new Set([uuidOf(sid)]));
    expect(await beginFirstAttempts(path.db, [intent], now)).toEqual(new Set());
    // By then whatever was under way has ended, and the sandbox can say for sure that it has nothing.
    path.advance(61_000);
    await path.another();
    expect(await path.until(sid, ended)).toMatchObject({ status: "delivered" });
    expect((await path.attemptsOf(sid)).map((attempt) => attempt.outcome)).toEqual(["lost", "accepted"]);
    expect(await path.recordsOf(sid)).toBe(1);
  });
});

describe("validity", () => {
  it("ends a message that could not be sent in its time", async () => {
    path = await startMessagePath({ dispatch: false });
    const sid = await accept({ validityPeriod: "60" });
    path.advance(61_000);
    await path.another();
    expect(await path.until(sid, ended)).toMatchObject({ status: "failed", error_code: 30036 });
    expect(await path.recordsOf(sid)).toBe(0);
  });
});

describe("status callbacks", () => {
  const statusesOf = async (sid: string): Promise<string[]> => {
    const rows = await path.db.query<{ status: string }>(
      `select (select f->>1 from jsonb_array_elements(fields) f where f->>0 = 'MessageStatus') as status
       from callbacks where message_id = $1 order by id`,
      [sid.slice(2)],
    );
    return rows.map((row) => row.status);
  };
  const statusCallback = "http://127.0.0.1:9/callback";

  it("tell of each visible change once: sent and the end; with a messaging service of queued too", async () => {
    path = await startMessagePath();
    const plain = await accept({ statusCallback });
    const messagingServiceSid = await makeService();
    const served = await accept({ from: undefined, messagingServiceSid, statusCallback });
    await path.until(plain, ended);
    await path.until(served, ended);
    // Also when a report overtakes the hand-over's own outcome.
    expect(await statusesOf(plain)).toEqual(["sent", "delivered"]);
    expect(await statusesOf(served)).toEqual(["queued", "sent", "delivered"]);
  });

  it("tell with the end, and only then, when the carrier says that it came", async () => {
    path = await startMessagePath();
    const sid = await accept({ statusCallback });
    await path.until(sid, ended);
    const rows = await path.db.query<{ fields: [string, string][] }>(
      "select fields from callbacks where message_id = $1 order by id",
      [sid.slice(2)],
    );
    const told = rows.map(({ fields }) => new Map(fields).get("RawDlrDoneDate"));
    expect(told).toEqual([undefined, expect.stringMatching(/^\d{2}[01]\d[0-3]\d[0-2]\d[0-5]\d$/)]);
  });

  it("tell of a failure with its code", async () => {
    path = await startMessagePath();
    await path.inject({ rules: [{ effect: { type: "failed-recipient", errorCode: 21614 } }] });
    const sid = await accept({ statusCallback });
    await path.until(sid, ended);
    expect(await statusesOf(sid)).toEqual(["failed"]);
  });
});

describe("a slow provider", () => {
  it("does not hold up the messages that come after", async () => {
    path = await startMessagePath();
    await path.inject({ rules: [{ match: { to: "+12025559999" }, effect: { type: "latency", ms: 60_000 } }] });
    const slow: string[] = [];
    for (let round = 0; round < 6; round++) {
      slow.push(await accept({ to: "+12025559999" }));
      await path.until(await accept(), ended);
    }
    for (const sid of slow) await path.until(sid, (row) => row.status === "sending");
  });
});

describe("the sandbox's magic numbers", () => {
  it("refuse at create, the sender's before the recipient's, and the valid one is everybody's", async () => {
    path = await startMessagePath();
    await expect(accept({ from: "+15005550001" })).rejects.toMatchObject({ code: "from-invalid" });
    await expect(accept({ from: "+15005550007" })).rejects.toMatchObject({ code: "from-not-owned" });
    await expect(accept({ from: "+15005550008" })).rejects.toMatchObject({ code: "queue-full" });
    await expect(accept({ to: "+15005550009" })).rejects.toMatchObject({ code: "not-mobile" });
    await expect(accept({ from: "+15005550006", to: "+15005550002" })).rejects.toMatchObject({ code: "unreachable" });
    await expect(accept({ from: "+12025550177" })).rejects.toMatchObject({ code: "from-not-owned" });
    const sid = await accept({ from: "+15005550006" });
    expect(await path.until(sid, ended)).toMatchObject({ status: "delivered", from_address: "+15005550006" });
    const undelivered = await accept({ to: "+15005553003" });
    expect(await path.until(undelivered, ended)).toMatchObject({ status: "undelivered", error_code: 30003 });
  });
});

describe("a message that never gets through", () => {
  it("is given up after its tries, not tried for ever, when the provider loses it each time", async () => {
    path = await startMessagePath();
    await path.inject({ rules: [{ effect: { type: "connection-reset", when: "after-send" } }] });
    const sid = await accept();
    // While nothing is due, time goes on to when it is.
    let aheadMs = 0;
    const row = await path.until(sid, (row) => {
      const waitMs = row.lease_until === null ? (row.due_at?.getTime() ?? 0) - Date.now() - aheadMs : 0;
      if (waitMs > 0) {
        path.advance(waitMs);
        aheadMs += waitMs;
      }
      return ended(row);
    });
    expect(row).toMatchObject({ status: "failed", error_code: 30410 });
    expect((await path.attemptsOf(sid)).length).toBeLessThan(20);
    expect(await path.recordsOf(sid)).toBe(0);
  });

  it("ends with its validity, however long the provider wants to be left alone", async () => {
    path = await startMessagePath();
    await path.inject({ rules: [{ effect: { type: "rate-limit", retryAfterSeconds: 3600 } }] });
    const sid = await accept({ validityPeriod: "60" });
    // Refused once, and put off to the end of its validity: from here on only the clock can move it.
    await path.until(sid, (row) => row.attempts === 1 && row.lease_until === null && row.due_at !== null);
    path.advance(61_000);
    expect(await path.until(sid, ended)).toMatchObject({ status: "failed", error_code: 30036 });
  });
});

describe("an outcome that was stored after its claim had ended", () => {
  it("still decides: accepted is sent, and nothing is sent again", async () => {
    path = await startMessagePath({ dispatch: false });
    const sid = await accept();
    const now = new Date();
    await claimDueMessages(path.db, now, new Date(now.getTime() + 1000), 10);
    await path.db.query(
      `insert into attempts (account_id, message_id, attempt, provider_id, from_address, started_at, finished_at, outcome)
       select account_id, id, 1, (select id from providers limit 1), from_address, now(), now(), 'accepted' from messages`,
    );
    path.advance(2000);
    await path.another();
    expect(await path.until(sid, (row) => row.due_at === null)).toMatchObject({ status: "sent" });
    expect(await path.recordsOf(sid)).toBe(0);
  });
});
