// What is left of a claim whose worker was cut off in the middle: outcomes that were never stored, stored twice, or come
// from a worker that has lost its lease meanwhile.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newUuid, type Uuid } from "../../src/core/ids.ts";
import { createSandboxRecord } from "../../src/services/sandbox/record.ts";
import {
  beginFirstAttempts,
  type ClaimedMessage,
  type ClaimResult,
  claimDueMessages,
  finishClaims,
} from "../../src/store/queue.ts";
import { applyReports } from "../../src/store/reports.ts";
import { findSenderByAddress } from "../../src/store/senders.ts";
import { ownNumber, startMessagePath, type TestPath } from "../support/message-path.ts";

const handset = "+12025550142";
const leaseMs = 30_000;

let path: TestPath;
beforeEach(async () => {
  path = await startMessagePath({ dispatch: false });
});
afterEach(() => path.stop());

/** A message with a stored intent, in the hands of a worker that does no more. */
async function claimAndBegin(): Promise<{ claimed: ClaimedMessage; providerId: Uuid }> {
  await path.acceptance.accept(path.accountSid, { to: handset, from: ownNumber, body: "Your code is 123456" });
  const now = new Date();
  const [claimed] = await claimDueMessages(path.db, now, new Date(now.getTime() + leaseMs), 10);
  const sender = await findSenderByAddress(path.db, path.accountSid, ownNumber);
  if (claimed === undefined || sender === null) throw new Error("nothing was claimed");
  const { providerId } = sender;
  await beginFirstAttempts(
    path.db,
    [{ ...claimed, attempt: 1, providerId, senderId: sender.id, from: ownNumber, shownFrom: ownNumber }],
    now,
  );
  return { claimed, providerId };
}

function delivery(claimed: ClaimedMessage, startedAt = new Date()) {
  const { accountSid, sid: messageSid, to, body } = claimed;
  const at = new Date();
  const report = { status: "delivered", errorCode: null, dueAtMs: at.getTime() } as const;
  const rest = { from: ownNumber, mediaUrls: [], errorCode: null, at, startedAt, reports: [report] };
  return { accountSid, id: newUuid(), messageSid, attempt: 1, to, body, ...rest };
}

const record = () => createSandboxRecord({ db: path.db, clock: { nowMs: Date.now }, onReportsDue: () => undefined });

function sentResult({ accountSid, sid, claim }: ClaimedMessage): ClaimResult {
  return {
    accountSid,
    sid,
    claim,
    status: "sent",
    dueAt: null,
    errorCode: null,
    paced: false,
    attempt: { attempt: 1, outcome: "accepted", errorCode: null, reason: null, carrierMessageId: "1", matched: false },
    event: { id: newUuid(), type: "message.sent", data: null },
  };
}

interface TableLock {
  /** Resolves when somebody waits for the table. */
  hasWaiting(): Promise<void>;
  /** Breaks the connections of those who wait. */
  cutWaiting(): Promise<void>;
  release(): Promise<void>;
}

async function lockTable(table: string): Promise<TableLock> {
  const locked = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const holding = path.db.transaction(async (tx) => {
    await tx.query(`lock table ${table} in exclusive mode`);
    locked.resolve();
    await held.promise;
  });
  await locked.promise;
  const waiting = "from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  const hasWaiting = () => expect.poll(() => path.db.query(`select 1 ${waiting}`), { interval: 5 }).not.toHaveLength(0);
  return {
    hasWaiting,
    async cutWaiting() {
      await hasWaiting();
      await path.db.query(`select pg_terminate_backend(pid) ${waiting}`);
    },
    async release() {
      held.resolve();
      await holding;
    },
  };
}

describe("a worker that was cut off", () => {
  it("after the hand-over leaves an attempt that is settled even when the report comes first", async () => {
    const { claimed } = await claimAndBegin();
    await record().write(delivery(claimed));
    await path.another();
    await path.until(claimed.sid, (row) => row.status === "delivered");
    path.advance(leaseMs + 1000);
    const row = await path.until(claimed.sid, (row) => row.due_at === null && row.lease_until === null);
    expect(row.status).toBe("delivered");
    expect(await path.attemptsOf(claimed.sid)).toMatchObject([{ outcome: "adopted" }]);
    expect(await path.recordsOf(claimed.sid)).toBe(1);
    expect((await path.eventsOf(claimed.sid)).filter((type) => type !== "message.queued")).toEqual([
      "message.sent",
      "message.delivered",
    ]);
  });

  it("by its database stores its outcome again, and it counts once", async () => {
    const { claimed } = await claimAndBegin();
    const result = sentResult(claimed);
    expect((await finishClaims(path.db, [result], new Date())).size).toBe(1);
    expect((await finishClaims(path.db, [result], new Date())).size).toBe(0);
    expect((await path.eventsOf(claimed.sid)).filter((type) => type === "message.sent")).toHaveLength(1);
    expect(await path.attemptsOf(claimed.sid)).toMatchObject([{ outcome: "accepted" }]);
  });

  it("for longer than its lease hands nothing over any more", async () => {
    const { claimed } = await claimAndBegin();
    const longAgo = new Date(Date.now() - leaseMs);
    await expect(record().write(delivery(claimed, longAgo))).rejects.toThrow(/late/);
    expect(await path.recordsOf(claimed.sid)).toBe(0);
  });
});

describe("a worker that is held up for longer than its lease, after it has claimed", () => {
  it("does not send any more, says so, and the next claim sends", async () => {
    const lock = await lockTable("attempts");
    await path.another();
    const { message } = await path.acceptance.accept(path.accountSid, { to: handset, from: ownNumber, body: "late" });
    await lock.hasWaiting();
    path.advance(leaseMs + 1000);
    await lock.release();
    // A claim that came before the intent was stored finds it begun, and leaves the message to its lease: time goes on.
    const passing = setInterval(() => path.advance(leaseMs + 1000), 5000);
    await path.until(message.sid, (row) => row.status === "delivered").finally(() => clearInterval(passing));
    await expect
      .poll(async () => (await path.attemptsOf(message.sid)).map((attempt) => attempt.outcome), { interval: 10 })
      .toEqual(["lost", "accepted"]);
    expect(await path.recordsOf(message.sid)).toBe(1);
  });
});

describe("a worker whose connection to the database breaks", () => {
  it.each([
    ["before its intents are stored gives its claims back, and works on", "attempts"],
    ["before its outcomes are stored keeps them, and stores them", "events"],
  ])("%s", async (_, table) => {
    const { message } = await path.acceptance.accept(path.accountSid, { to: handset, from: ownNumber, body: "cut" });
    const lock = await lockTable(table);
    await path.another();
    await lock.cutWaiting();
    await lock.release();
    await path.until(message.sid, (row) => row.status === "delivered" && row.lease_until === null);
    expect((await path.attemptsOf(message.sid)).map((attempt) => attempt.outcome)).toEqual(["accepted"]);
    expect(await path.recordsOf(message.sid)).toBe(1);
  });
});

describe("a report that overtakes the outcome of its hand-over", () => {
  it("tells of the change, and the outcome does not tell of it again", async () => {
    const { claimed } = await claimAndBegin();
    const at = new Date();
    const report = {
      accountSid: claimed.accountSid,
      messageSid: claimed.sid,
      status: "sent",
      errorCode: null,
      at,
    } as const;
    expect(await applyReports(path.db, [report], at)).toHaveLength(1);
    expect(await finishClaims(path.db, [sentResult(claimed)], new Date(at.getTime() + 5))).toEqual(new Set());
    expect((await path.eventsOf(claimed.sid)).filter((type) => type === "message.sent")).toHaveLength(1);
    expect(await path.until(claimed.sid, () => true)).toMatchObject({
      status: "sent",
      due_at: null,
      lease_until: null,
    });
  });
});
