// The monthly partitions of messages, attempts and events, made ahead of time. Rows are never moved or dropped here.

import { setTimeout as delay } from "node:timers/promises";
import { DatabaseError } from "pg";
import type { Clock } from "../core/clock.ts";
import type { Database } from "./database.ts";
import { isRetryableConflict } from "./query-failure.ts";

const LOCK_NOT_AVAILABLE = "55P03";
const TRIES = 10;

/** Makes the partitions from the previous month to two months ahead (UTC), as far as they are missing. */
export async function ensurePartitions(db: Database, clock: Clock): Promise<void> {
  const now = new Date(clock.nowMs());
  const since = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1));
  const until = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 3, 1));
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction(async (tx) => {
        // A new partition locks its parent for a moment. Gives up before the deadlock check (1 s) could pick a victim
        // among the messages' own transactions, and never makes them wait for long.
        await tx.query("set local lock_timeout = '500ms'");
        await tx.query("select create_partitions($1, $2)", [since, until]);
      });
    } catch (error) {
      const busy = isRetryableConflict(error) || (error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE);
      if (!busy || tries === TRIES) throw error;
      await delay(100 * tries);
    }
  }
}
