// Stores what tries came to: outcomes that come together share one write. While the database is away they wait for it
// as long as the lease may last; after that the callbacks come up again by themselves, with the same idempotency token.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { createMicroBatch } from "../../core/batching/micro-batch.ts";
import type { Clock } from "../../core/clock.ts";
import { toError } from "../../core/errors.ts";
import { type CallbackOutcome, finishCallbacks } from "../../store/callback-queue.ts";
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

  async function flush(outcomes: CallbackOutcome[]): Promise<undefined[]> {
    const startedMs = performance.now();
    for (;;) {
      try {
        await finishCallbacks(db, outcomes, new Date(clock.nowMs()));
        break;
      } catch (error) {
        const err = toError(error);
        if (stopping.signal.aborted || performance.now() - startedMs > patienceMs) {
          log.error({ err, callbacks: outcomes.length }, "callback outcomes not stored; they will be delivered again");
          break;
        }
        log.warn({ err, callbacks: outcomes.length }, "callback outcomes wait for the database");
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

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
