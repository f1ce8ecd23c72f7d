// Forgets what has had its time: idempotency keys after a day or so. Runs by the hour; several processes may do it at once.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Clock } from "../core/clock.ts";
import { toError } from "../core/errors.ts";
import type { Queryable } from "../store/database.ts";
import { dropOldIdempotencyKeys } from "../store/idempotency.ts";
import type { Service } from "./service.ts";

export interface HousekeepingDeps {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly log: Logger;
}

const everyMs = 3_600_000;
/** A statement of millions would hold their locks, and its snapshot, for minutes. */
const keysPerStatementMax = 10_000;

export function createHousekeeping({ db, clock, log }: HousekeepingDeps): Service {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function dropOldKeys(): Promise<void> {
    let dropped: number;
    do {
      dropped = await dropOldIdempotencyKeys(db, new Date(clock.nowMs()), keysPerStatementMax);
      if (dropped > 0) log.debug({ dropped }, "old idempotency keys dropped");
    } while (dropped === keysPerStatementMax && !stopping.signal.aborted);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await dropOldKeys();
      } catch (error) {
        log.warn({ err: toError(error) }, "old idempotency keys could not be dropped; trying again in an hour");
      }
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    name: "housekeeping",
    async start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
