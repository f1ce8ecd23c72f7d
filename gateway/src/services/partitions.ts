// Makes the monthly partitions ahead of time, once a day. (At the start migrate() has made them.)

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Clock } from "../core/clock.ts";
import { toError } from "../core/errors.ts";
import type { Database } from "../store/database.ts";
import { ensurePartitions } from "../store/partitions.ts";
import type { Service } from "./service.ts";

export interface PartitionMaintenanceDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** Default: a day. */
  readonly everyMs?: number;
  /** Wait after a failure. Default: a minute. */
  readonly retryMs?: number;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export function createPartitionMaintenance(deps: PartitionMaintenanceDeps): Service {
  const { db, clock, log, everyMs = DAY_MS, retryMs = MINUTE_MS } = deps;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function loop(): Promise<void> {
    let waitMs = everyMs;
    while (await paused(waitMs, stopping.signal)) {
      try {
        await ensurePartitions(db, clock);
        waitMs = everyMs;
      } catch (error) {
        log.error({ err: toError(error) }, "the partitions of the coming months could not be made; trying again");
        waitMs = retryMs;
      }
    }
  }

  return {
    name: "partitions",
    async start() {
      running = loop();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Waits; false when stopped meanwhile. */
async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal }).catch(() => false);
}
