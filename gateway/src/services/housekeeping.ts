// Forgets what has had its time: idempotency keys after a day or so, matches with carriers' messages after a week, receipts
// of inbound messages, the event log and invitations that ended after a month. Runs by the hour; several processes may do it at once.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Clock } from "../core/clock.ts";
import { toError } from "../core/errors.ts";
import { dropOldCarrierMessages } from "../store/carrier-messages.ts";
import type { Queryable } from "../store/database.ts";
import { dropOldEventLog } from "../store/event-log.ts";
import { dropOldIdempotencyKeys } from "../store/idempotency.ts";
import { dropOldInboundReceipts } from "../store/inbound-receipts.ts";
import { dropOldInvitations } from "../store/invitations.ts";
import { dropOldNotificationCounts } from "../store/notification-counters.ts";
import type { Service } from "./service.ts";

export interface HousekeepingDeps {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly log: Logger;
}

const everyMs = 3_600_000;
/** A statement of millions would hold their locks, and its snapshot, for minutes. */
const rowsPerStatementMax = 10_000;

export function createHousekeeping({ db, clock, log }: HousekeepingDeps): Service {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function drop(what: string, dropSome: typeof dropOldIdempotencyKeys): Promise<void> {
    try {
      let dropped: number;
      do {
        dropped = await dropSome(db, new Date(clock.nowMs()), rowsPerStatementMax);
        if (dropped > 0) log.debug({ dropped }, `old ${what} dropped`);
      } while (dropped === rowsPerStatementMax && !stopping.signal.aborted);
    } catch (error) {
      log.warn({ err: toError(error) }, `old ${what} could not be dropped; trying again in an hour`);
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await drop("idempotency keys", dropOldIdempotencyKeys);
      await drop("matches with carriers' messages", dropOldCarrierMessages);
      await drop("receipts of inbound messages", dropOldInboundReceipts);
      await drop("counts of notification policies", dropOldNotificationCounts);
      await drop("entries of event logs", dropOldEventLog);
      await drop("invitations", dropOldInvitations);
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
