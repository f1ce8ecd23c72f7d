// Storing what claims came to: outcomes that come together share one statement, and each visible change of status brings
// its event and its callback in the same commit. While the database is away outcomes wait for it, for about as long as a
// lease lasts: they are known here and nowhere else.

import { setTimeout as delay } from "node:timers/promises";
import { createMicroBatch } from "../../core/batching/micro-batch.ts";
import { statusCallbackOf } from "../../core/callbacks/status-callback.ts";
import type { Clock } from "../../core/clock.ts";
import { isDatabaseAway, toError } from "../../core/errors.ts";
import { uuidOf } from "../../core/ids.ts";
import { loadAttempts } from "../../store/attempts.ts";
import { insertCallbacks } from "../../store/callbacks.ts";
import { isRetryableConflict } from "../../store/connect.ts";
import type { Database, Queryable } from "../../store/database.ts";
import type { ClaimedMessage } from "../../store/queue.ts";
import { type ClaimResult, explainSent, finishClaims } from "../../store/queue.ts";
import { insertReportPolls, type NewReportPoll } from "../../store/report-polls.ts";
import { retainLess, retainsLess } from "../retention/retained-less.ts";

export interface FinishedClaim {
  readonly message: ClaimedMessage;
  /** What the message is sent from by now. */
  readonly from: string | null;
  readonly result: ClaimResult;
  /** When its provider is to be asked what became of it; null or absent: never. */
  readonly reportPoll?: NewReportPoll | null;
}

export interface Results {
  /** Resolves after the commit. */
  finish(finished: FinishedClaim): Promise<void>;
  /** From here on outcomes that cannot be stored at once are given up. */
  stopWaiting(): void;
}

export interface ResultsDeps {
  readonly db: Database;
  readonly clock: Clock;
  /** Told of each stored batch. */
  readonly onBatch: (results: readonly ClaimResult[], durationMs: number) => void;
  readonly wakeCallbacks: () => void;
}

const rowsPerStatementMax = 1000;
const waitMsMax = 25_000;
const retryMs = 200;

export function createResults({ db, clock, onBatch, wakeCallbacks }: ResultsDeps): Results {
  const stopping = new AbortController();

  /** Resolves, per item, to what kept it from being stored. */
  async function flush(batch: FinishedClaim[]): Promise<(Error | undefined)[]> {
    const givenUpMs = performance.now() + waitMsMax;
    for (;;) {
      try {
        await store(batch);
        return batch.map(() => undefined);
      } catch (error) {
        const passing = isDatabaseAway(error) || isRetryableConflict(error);
        if (!passing || stopping.signal.aborted || performance.now() > givenUpMs) return storeEach(batch, error);
        // Stored again although only the acknowledgement was lost: that changes nothing.
        await delay(retryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  /** One outcome that cannot be stored must not take the others with it. */
  async function storeEach(batch: readonly FinishedClaim[], reason: unknown): Promise<(Error | undefined)[]> {
    if (batch.length === 1 || isDatabaseAway(reason)) return batch.map(() => toError(reason));
    const stored: (Error | undefined)[] = [];
    for (const finished of batch) stored.push(await store([finished]).then(() => undefined, toError));
    return stored;
  }

  async function store(batch: readonly FinishedClaim[]): Promise<void> {
    const startedMs = performance.now();
    const now = new Date(clock.nowMs());
    const results = batch.map((finished) => finished.result);
    const callbacks = batch.filter(wantsCallback);
    const polls = batch.flatMap((finished) => finished.reportPoll ?? []);
    const retainedLess = batch.flatMap(({ message, result }) =>
      result.dueAt === null && retainsLess(message) ? [message] : [],
    );
    if (callbacks.length === 0 && polls.length === 0 && retainedLess.length === 0) {
      await explainSent(db, withoutThose(await finishClaims(db, results, now), results));
    } else {
      await db.transaction(async (tx) => {
        const applied = await finishClaims(tx, results, now);
        await explainSent(tx, withoutThose(applied, results));
        const due = callbacks.filter(({ message }) => applied.has(uuidOf(message.sid)));
        await insertCallbacks(
          tx,
          due.flatMap(({ message, from, result }) => statusCallbackOf({ ...message, from }, result) ?? []),
        );
        await insertReportPolls(tx, await stillTaken(tx, polls, batch), now);
        await retainLess(tx, retainedLess, now);
      });
      if (callbacks.length > 0) wakeCallbacks();
    }
    onBatch(results, performance.now() - startedMs);
  }

  const batches = createMicroBatch<FinishedClaim, Error | undefined>({
    flush,
    maxItems: rowsPerStatementMax,
    maxInFlight: 2,
  });
  return {
    async finish(finished) {
      const failure = await batches.add(finished);
      if (failure !== undefined) throw failure;
    },
    stopWaiting: () => stopping.abort(),
  };
}

function withoutThose(applied: ReadonlySet<string>, results: readonly ClaimResult[]): ClaimResult[] {
  return results.filter(({ sid }) => !applied.has(uuidOf(sid)));
}

/** Without what was adopted, but is another attempt's by now: its reports are not this one's. */
async function stillTaken(
  tx: Queryable,
  polls: readonly NewReportPoll[],
  batch: readonly FinishedClaim[],
): Promise<readonly NewReportPoll[]> {
  const adopted = batch.flatMap(({ result, reportPoll }) =>
    result.attempt?.outcome === "adopted" && reportPoll ? [reportPoll] : [],
  );
  if (adopted.length === 0) return polls;
  const attempts = await loadAttempts(
    tx,
    adopted.map(({ accountSid, messageSid: sid }) => ({ accountSid, sid })),
  );
  const isOpen = ({ messageSid, attempt: number }: NewReportPoll) =>
    attempts.some((one) => one.messageId === uuidOf(messageSid) && one.attempt === number && one.outcome === "unknown");
  return polls.filter((poll) => !adopted.includes(poll) || !isOpen(poll));
}

/** An event is a change that the outside may see; a message that is merely queued again tells nobody. */
function wantsCallback({ message, result }: FinishedClaim): boolean {
  return message.statusCallback !== null && result.event !== null && result.status !== "queued";
}
