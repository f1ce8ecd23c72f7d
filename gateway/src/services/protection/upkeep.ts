// Forgets, by the hour, what protection has counted and decided long ago.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import { toError } from "../../core/errors.ts";
import type { Queryable } from "../../store/database.ts";
import { dropOldProtection } from "../../store/protection-upkeep.ts";
import type { Service } from "../service.ts";

export interface ProtectionUpkeepDeps {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly log: Logger;
}

const everyMs = 3_600_000;
const rowsPerStatementMax = 10_000;

export function createProtectionUpkeep({ db, clock, log }: ProtectionUpkeepDeps): Service {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function dropOld(): Promise<void> {
    let more = true;
    while (more && !stopping.signal.aborted) {
      more = await dropOldProtection(db, new Date(clock.nowMs()), rowsPerStatementMax);
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await dropOld().catch((error: unknown) =>
        log.warn({ err: toError(error) }, "old counts of protection could not be dropped; trying again in an hour"),
      );
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    name: "protection upkeep",
    async start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
