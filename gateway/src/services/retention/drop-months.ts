// Whole months that no account wants anything of any more: dropped at once, however many rows they have.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Cutoffs } from "../../core/retention/limits.ts";
import type { Database } from "../../store/database.ts";
import { dropMonth, listMonths, type Month } from "../../store/retention-partitions.ts";

export interface DropDeps {
  readonly db: Database;
  readonly log: Logger;
  /** Rests, and resolves to null when the round is over: the process stops, or another one is at it. */
  readonly turn: () => Promise<true | null>;
}

const triesMax = 10;
const retryMs = 20;

/** `all`: what each account wants. False: the round is over. */
export async function dropMonths(deps: DropDeps, all: readonly Cutoffs[], nowMs: number): Promise<boolean> {
  const messagesMs = earliest(all.map((cutoffs) => cutoffs.messagesMs));
  const eventsMs = earliest(all.map((cutoffs) => cutoffs.eventsMs));
  // The previous month is made anew by whoever makes the months ahead: it only gets empty.
  const keptMs = startOfPreviousMonth(nowMs);
  const months = await listMonths(deps.db);
  const gone = new Set<Month>();
  for (const month of months) {
    const beforeMs = Math.min(month.table === "events" ? eventsMs : messagesMs, keptMs);
    if (month.endMs > beforeMs) continue;
    const messages = months.find(({ table, endMs }) => table === "messages" && endMs === month.endMs);
    // A message that is still to be sent needs its attempts.
    if (month.table === "attempts" && messages !== undefined && !gone.has(messages)) continue;
    const dropped = await dropOne(deps, month);
    if (dropped === null) return false;
    if (dropped) gone.add(month);
  }
  return true;
}

async function dropOne({ db, log, turn }: DropDeps, month: Month): Promise<boolean | null> {
  for (let tries = 1; tries <= triesMax; tries += 1) {
    // The transactions are its own; this is only to see whose turn it is.
    if ((await turn()) === null) return null;
    const outcome = await dropMonth(db, month);
    if (outcome === "dropped") log.info({ partition: month.name }, "a month that nobody keeps was dropped");
    if (outcome !== "busy") return outcome === "dropped";
    await delay(retryMs * tries);
  }
  log.warn({ partition: month.name }, "the tables were too busy to drop a month; trying again in the next round");
  return false;
}

/** What is before it nobody wants; an account without a limit wants everything. */
function earliest(cutoffs: readonly (number | null)[]): number {
  let earliestMs = Number.POSITIVE_INFINITY;
  for (const cutoff of cutoffs) earliestMs = Math.min(earliestMs, cutoff ?? Number.NEGATIVE_INFINITY);
  return earliestMs;
}

function startOfPreviousMonth(nowMs: number): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1);
}
