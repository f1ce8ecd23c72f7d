// Stores what tries came to: outcomes that come together share one write. While the database is away they wait for it
// as long as the lease may last; after that the callbacks come up again by themselves, with the same idempotency token.
// What the database refuses fails alone: it must not take the outcomes of others with it.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { createMicroBatch } from "../../core/batching/micro-batch.ts";
import type { Clock } from "../../core/clock.ts";
import { GatewayError, toError } from "../../core/errors.ts";
import { type CallbackOutcome, finishCallbacks } from "../../store/callback-queue.ts";
import { isRetryableConflict } from "../../store/connect.ts";
import type { Database } from "../../store/database.ts";

export interface OutcomeWriter {
  /** Never rejects; resolves when stored, or given up. */
  write(outcome: CallbackOutcome): Promise<void>;
  /** Tries what is left once more and resolves when nothing is left. */
  stop(): Promise<void>;
}

const rowsPerStatementMax = 500;
const retryMs = 1_000;

export function createOutcomeWriter(deps: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly patienceMs: number;
}): OutcomeWriter {
  const { db, clock, log, patienceMs } = deps;
  const stopping = new AbortController();

  const finish = (outcomes: readonly CallbackOutcome[]) => finishCallbacks(db, outcomes, new Date(clock.nowMs()));

  /** Takes what is stored off `left`, so that nothing is stored again when it rejects: the database is away. */
  async function store(left: CallbackOutcome[]): Promise<void> {
    try {
      await finish(left);
      return;
    } catch (error) {
      if (passes(error)) throw error;
    }
    for (let [outcome] = left; outcome !== undefined; [outcome] = left) {
      await storeAlone(outcome);
      left.shift();
    }
  }

  async function storeAlone(outcome: CallbackOutcome): Promise<void> {
    try {
      await finish([outcome]);
    } catch (error) {
      if (passes(error)) throw error;
      const { accountSid: account, id } = outcome.callback;
      log.error({ err: toError(error), account, callback: id }, "the database refuses what came of a callback");
      await finish([{ ...outcome, status: null, error: "12400 gateway error" }]).catch((again: unknown) => {
        if (passes(again)) throw again;
      });
    }
  }

  async function flush(outcomes: CallbackOutcome[]): Promise<undefined[]> {
    const startedMs = performance.now();
    const left = [...outcomes];
    for (;;) {
      try {
        await store(left);
        break;
      } catch (error) {
        const err = toError(error);
        if (stopping.signal.aborted || performance.now() - startedMs > patienceMs) {
          log.error({ err, callbacks: left.length }, "callback outcomes not stored; they will be delivered again");
          break;
        }
        log.warn({ err, callbacks: left.length }, "callback outcomes wait for the database");
        await Promise.race([delay(retryMs), aborted(stopping.signal)]);
      }
    }
    return outcomes.map(() => undefined);
  }

  const batches = createMicroBatch({ flush, maxItems: rowsPerStatementMax, maxInFlight: 2 });
  return {
    write: async (outcome) => {
      await batches.add(outcome);
    },
    stop() {
      stopping.abort();
      return batches.drained();
    },
  };
}

/** Is it the database's state, rather than what was to be stored? */
function passes(error: unknown): boolean {
  return (error instanceof GatewayError && error.code === "database-unavailable") || isRetryableConflict(error);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
