// The clock of gateways that share a database: the database's own. Leases and due times are compared between processes on
// different hosts, whose clocks may be minutes apart; a lease that is over for one before the other has finished would mean
// a message sent twice.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Clock } from "../core/clock.ts";
import { toError } from "../core/errors.ts";
import type { Queryable } from "../store/database.ts";
import type { Service } from "./service.ts";

export interface DatabaseClock extends Clock, Service {}

export interface DatabaseClockDeps {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly log: Logger;
  /** Default: half a minute. */
  readonly everyMs?: number;
}

const worthALineMs = 1000;

/** start() asks for the first time, and rejects when the database does not answer. */
export function createDatabaseClock({ db, clock, log, everyMs = 30_000 }: DatabaseClockDeps): DatabaseClock {
  const stopping = new AbortController();
  let offsetMs = 0;
  let running: Promise<void> = Promise.resolve();

  async function measure(): Promise<void> {
    const askedMs = clock.nowMs();
    const [row] = await db.query<{ now_ms: number }>({
      name: "database_clock",
      text: "select (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms",
    });
    const answeredMs = clock.nowMs();
    if (row === undefined) return;
    const measuredMs = row.now_ms - (askedMs + answeredMs) / 2;
    // A slow answer says less than what is known already, unless the clocks have clearly moved apart.
    if (Math.abs(measuredMs - offsetMs) <= (answeredMs - askedMs) / 2) return;
    if (Math.abs(measuredMs - offsetMs) >= worthALineMs) {
      log.warn({ offsetMs: Math.round(measuredMs) }, "this host's clock differs from the database's, which counts");
    }
    offsetMs = measuredMs;
  }

  async function repeat(): Promise<void> {
    for (;;) {
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      await measure().catch((error: unknown) =>
        log.debug({ err: toError(error) }, "the database's clock was not read"),
      );
    }
  }

  return {
    name: "database-clock",
    nowMs: () => clock.nowMs() + offsetMs,
    async start() {
      await measure();
      running = repeat();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
