// Forgets what accounts do not want kept any longer: whole months at once where everybody's limits are behind them, and
// row by row where they are not. Works in rounds of small steps with rests between them; one process at a time, and one
// that dies is taken over in the next round, since each step leaves things as if it had been the last.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import { isDatabaseAway, toError } from "../../core/errors.ts";
import type { AccountSid } from "../../core/ids.ts";
import { type Cutoffs, cutoffsOf, effectiveLimits, type InstallationLimits } from "../../core/retention/limits.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { dropDeletedServices, listRetention, underRetentionLock } from "../../store/retention.ts";
import type { Service } from "../service.ts";
import { dropMonths } from "./drop-months.ts";
import { sweepAccount } from "./sweep-account.ts";

export interface RetentionDeps {
  /** For small steps by key: its statements are index-driven. */
  readonly queueDb: Database;
  /** For everything else. */
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** What holds for accounts that say nothing. */
  readonly limits: InstallationLimits;
  /** Between two rounds. Default: an hour. */
  readonly everyMs?: number;
  /** The least rest after a step. Default: 20. */
  readonly restMs?: number;
}

export interface Retention extends Service {
  /** Somebody changed a limit: the next round is now, or follows the one that is under way. */
  wake(): void;
}

const hourMs = 3_600_000;
const accountsPerPage = 200;
/** A rest is so many times as long as the step before it. */
const restFactor = 3;
/** Longer than a message may wait to be sent: 35 days of schedule, ten hours of validity. */
const deletedServiceKeptMs = 45 * 24 * hourMs;
const servicesPerStep = 100;

export function createRetention(deps: RetentionDeps): Retention {
  const { queueDb, db, clock, log, limits, everyMs = hourMs, restMs = 20 } = deps;
  const stopping = new AbortController();
  let waking = new AbortController();
  let running: Promise<void> = Promise.resolve();

  const rest = (ms: number) => delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined);

  async function step<Result>(work: (tx: Queryable) => Promise<Result>, on = queueDb): Promise<Result | null> {
    if (stopping.signal.aborted) return null;
    const startedMs = performance.now();
    const result = await underRetentionLock(on, work);
    if (result !== null) await rest(Math.max(restMs, restFactor * (performance.now() - startedMs)));
    return result;
  }

  async function round(): Promise<void> {
    const nowMs = clock.nowMs();
    const accounts = await cutoffsOfAll(deps, nowMs);
    const turn = () => step(async () => true as const, db);
    const cutoffs = async () => [...(await cutoffsOfAll(deps, nowMs)).values()];
    if (!(await dropMonths({ db, log, nowMs, cutoffs, turn }))) return;
    for (const [accountSid, cutoffs] of accounts) {
      if (Object.values(cutoffs).every((cutoff) => cutoff === null)) continue;
      try {
        if (!(await sweepAccount({ log, nowMs, limits, step }, accountSid, cutoffs))) return;
      } catch (error) {
        // What is wrong with one account must not keep the others from theirs.
        if (isDatabaseAway(error)) throw error;
        log.warn({ err: toError(error), accountSid }, "an account's old messages could not be dropped");
      }
    }
    const before = new Date(nowMs - deletedServiceKeptMs);
    await step((tx) => dropDeletedServices(tx, before, servicesPerStep), db);
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      waking = new AbortController();
      try {
        await round();
      } catch (error) {
        log.warn({ err: toError(error) }, "old messages could not be dropped; trying again in the next round");
      }
      const signal = AbortSignal.any([stopping.signal, waking.signal]);
      await delay(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    name: "retention",
    async start() {
      running = loop();
    },
    wake: () => waking.abort(),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Of every account, closed ones too. */
async function cutoffsOfAll({ db, limits }: RetentionDeps, nowMs: number): Promise<Map<AccountSid, Cutoffs>> {
  const accounts = new Map<AccountSid, Cutoffs>();
  let last: AccountSid | null = null;
  for (;;) {
    const page = await listRetention(db, last, accountsPerPage);
    for (const { accountSid, settings } of page) {
      accounts.set(accountSid, cutoffsOf(effectiveLimits(limits, settings), limits, nowMs));
    }
    last = page.at(-1)?.accountSid ?? null;
    if (page.length < accountsPerPage) return accounts;
  }
}
