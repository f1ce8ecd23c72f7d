// Whole months that no account wants anything of any more: dropped at once, however many rows they have.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Cutoffs } from "../../core/retention/limits.ts";
import type { Database } from "../../store/database.ts";
import { dropMonth, listMonths, type Month } from "../../store/retention-partitions.ts";

export interface DropDeps {
  readonly db: Database;
  readonly log: Logger;
  readonly nowMs: number;
  /** What each account wants, as it says now. */
  readonly cutoffs: () => Promise<readonly Cutoffs[]>;
  /** Rests, and resolves to null when the round is over: the process stops, or another one is at it. */
  readonly turn: () => Promise<true | null>;
}

const triesMax = 10;
const retryMs = 20;

/** False: the round is over. */
export async function dropMonths(deps: DropDeps): Promise<boolean> {
  const months = await listMonths(deps.db);
  const gone = new Set<Month>();
  let limits = await readLimits(deps);
  for (const month of months) {
    if (!isUnwanted(month, limits)) continue;
    // A month takes a while: somebody may have set a limit back meanwhile.
    limits = await readLimits(deps);
    if (!isUnwanted(month, limits)) continue;
    const messages = months.find(({ table, endMs }) => table === "messages" && endMs === month.endMs);
    // A message that is still to be sent needs its attempts.
    if (month.table === "attempts" && messages !== undefined && !gone.has(messages)) continue;
    const dropped = await dropOne(deps, month);
    if (dropped === null) return false;
    if (dropped) gone.add(month);
  }
  return true;
}

interface Limits {
  readonly messagesMs: number;
  readonly eventsMs: number;
}

async function readLimits({ cutoffs, nowMs }: DropDeps): Promise<Limits> {
  const all = await cutoffs();
  // The previous month is made anew by whoever makes the months ahead: it only gets empty.
  const keptMs = startOfPreviousMonth(nowMs);
  return {
    messagesMs: Math.min(earliest(all.map(({ messagesMs }) => messagesMs)), keptMs),
    eventsMs: Math.min(earliest(all.map(({ eventsMs }) => eventsMs)), keptMs),
  };
}

function isUnwanted({ table, endMs }: Month, { messagesMs, eventsMs }: Limits): boolean {
  return endMs <= (table === "events" ? eventsMs : messagesMs);
}

async function dropOne(deps: DropDeps, month: Month): Promise<boolean | null> {
  const { db, log, nowMs, turn } = deps;
  for (let tries = 1; tries <= triesMax; tries += 1) {
    // The transactions are its own; this is only to see whose turn it is.
    if ((await turn()) === null) return null;
    if (tries > 1 && !isUnwanted(month, await readLimits(deps))) return false;
    const outcome = await dropMonth(db, month, nowMs);
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
