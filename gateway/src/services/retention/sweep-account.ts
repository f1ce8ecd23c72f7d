// One account's share of a round: what is older than its limits goes, batch by batch. Each batch asks what the account
// says now: nothing more goes once a limit has been set back.

import type { Logger } from "pino";
import { type AccountSid, firstUuidAt, type Uuid } from "../../core/ids.ts";
import { type Cutoffs, cutoffsOf, effectiveLimits, type InstallationLimits } from "../../core/retention/limits.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Queryable } from "../../store/database.ts";
import { takeOldTexts, takePendingTexts } from "../../store/message-texts.ts";
import { findRetentionSettings, findTextProgress, writeTextProgress } from "../../store/retention.ts";
import {
  type AgedTable,
  deleteAged,
  deleteOldMessages,
  deleteOrphans,
  type KeyRange,
  orphanTables,
  type Swept,
} from "../../store/retention-rows.ts";

export interface SweepDeps {
  readonly log: Logger;
  /** When the round began. */
  readonly nowMs: number;
  readonly limits: InstallationLimits;
  /**
   * Runs one batch in a short transaction, then rests. Null: the round is over (the process stops, or another one is at
   * it).
   */
  readonly step: <Result>(work: (tx: Queryable) => Promise<Result>) => Promise<Result | null>;
}

/** Rows of a batch: some ten milliseconds' worth. */
const rowsPerBatch = 200;
/** Reading is cheaper than deleting. */
const textsPerBatch = 1000;
/** Old messages that are still to be sent; more stop the round of texts where it is. */
const pendingMax = 2000;
const firstId = firstUuidAt(0);

/** False: the round is over. */
export async function sweepAccount(deps: SweepDeps, accountSid: AccountSid, cutoffs: Cutoffs): Promise<boolean> {
  const { nowMs } = deps;
  const counts: Record<string, number> = {};
  const stepFor = (kind: keyof Cutoffs, beforeMs: number): LimitedStep => {
    return async (work) =>
      await deps.step(async (tx) => ((await holds(tx, kind, beforeMs)) ? await work(tx) : "set-back"));
  };
  const holds = async (tx: Queryable, kind: keyof Cutoffs, beforeMs: number): Promise<boolean> => {
    const settings = await findRetentionSettings(tx, accountSid);
    const cutoff = cutoffsOf(effectiveLimits(deps.limits, settings), deps.limits, nowMs)[kind];
    return cutoff !== null && cutoff >= beforeMs;
  };
  const drain = async (name: string, kind: keyof Cutoffs, sweep: Sweep): Promise<boolean> => {
    const beforeMs = cutoffs[kind];
    if (beforeMs === null) return true;
    const count = await drainRange(stepFor(kind, beforeMs), firstUuidAt(beforeMs), sweep);
    if (count !== null && count > 0) counts[name] = count;
    return count !== null;
  };
  const byAge = (name: string, table: AgedTable, kind: keyof Cutoffs) =>
    drain(name, kind, (tx, range) => deleteAged(tx, table, accountSid, range));

  let goesOn =
    (await drain("messages", "messagesMs", (tx, range) => deleteOldMessages(tx, accountSid, { ...range, nowMs }))) &&
    (await byAge("events", "events", "eventsMs")) &&
    (await byAge("callbacks", "callbacks", "callbacksMs")) &&
    (await byAge("sandboxRecords", "sandbox_messages", "sandboxMs"));
  for (const table of orphanTables) {
    goesOn &&= await drain(table, "messagesMs", (tx, range) => deleteOrphans(tx, table, accountSid, range));
  }
  const { bodiesMs } = cutoffs;
  if (goesOn && bodiesMs !== null) {
    const texts = await drainTexts(stepFor("bodiesMs", bodiesMs), accountSid, firstUuidAt(bodiesMs));
    if (texts !== null && texts > 0) counts["texts"] = texts;
    goesOn = texts !== null;
  }
  if (Object.keys(counts).length > 0) await report(deps, accountSid, counts);
  return goesOn;
}

/** As `step`; `set-back`: the account wants it kept longer by now, and nothing was done. */
type LimitedStep = <Result>(work: (tx: Queryable) => Promise<Result>) => Promise<Result | "set-back" | null>;

type Sweep = (tx: Queryable, range: KeyRange) => Promise<Swept>;

/** Null: the round is over. */
async function drainRange(step: LimitedStep, before: Uuid, sweep: Sweep): Promise<number | null> {
  let count = 0;
  let after: Uuid | null = firstId;
  while (after !== null) {
    const range: KeyRange = { after, before, limit: rowsPerBatch };
    const swept: Swept | "set-back" | null = await step((tx) => sweep(tx, range));
    if (swept === null) return null;
    if (swept === "set-back") return count;
    count += swept.count;
    after = swept.next;
  }
  return count;
}

/**
 * Takes old texts out, from where the last round ended: what has none any more is not looked at again. Messages that are
 * still to be sent are remembered, and looked at in each round.
 */
async function drainTexts(step: LimitedStep, accountSid: AccountSid, before: Uuid): Promise<number | null> {
  let count = 0;
  const began = await step(async (tx) => {
    const progress = (await findTextProgress(tx, accountSid)) ?? { before: firstId, pending: [] };
    const { count: taken, pending } = await takePendingTexts(tx, accountSid, progress.pending);
    if (progress.pending.length > 0) await writeTextProgress(tx, accountSid, { before: progress.before, pending });
    return { taken, progress: { before: progress.before, pending } };
  });
  if (began === null) return null;
  if (began === "set-back") return count;
  count += began.taken;
  let { progress } = began;
  while (progress.before < before && progress.pending.length < pendingMax) {
    const { before: after, pending: left } = progress;
    const batch = await step(async (tx) => {
      const taken = await takeOldTexts(tx, accountSid, { after, before, limit: textsPerBatch });
      const next = taken.more && taken.last !== null ? taken.last : before;
      const now = { before: next, pending: [...left, ...taken.pending] };
      await writeTextProgress(tx, accountSid, now);
      return { taken: taken.count, progress: now };
    });
    if (batch === null) return null;
    if (batch === "set-back") return count;
    count += batch.taken;
    progress = batch.progress;
  }
  return count;
}

/** One line in the audit log for the whole round: a line for each batch would be as many rows as it is to forget. */
async function report({ step, log }: SweepDeps, accountSid: AccountSid, counts: Readonly<Record<string, number>>) {
  log.info({ accountSid, ...counts }, "what was older than the account's limits is gone");
  const entry = { actor: "retention", action: "retention.applied", subject: accountSid, before: null, after: counts };
  await step((tx) => writeAudit(tx, { accountSid, ...entry }));
}
