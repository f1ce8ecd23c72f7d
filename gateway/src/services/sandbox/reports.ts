// Gives the delivery reports that the sandbox owes, when they are due. A report leaves its table in the transaction
// that applies it, so none is lost and none is given twice, whatever dies; several processes share the work.

import type { Logger } from "pino";
import type { DeliveryReport } from "../../carriers/carrier.ts";
import type { Clock } from "../../core/clock.ts";
import { toError } from "../../core/errors.ts";
import type { Database } from "../../store/database.ts";
import { nextSandboxReportDue, type SandboxReportRow, takeDueSandboxReports } from "../../store/sandbox.ts";
import type { Reports } from "../reports.ts";
import type { Service } from "../service.ts";

export interface SandboxReportsDeps {
  readonly db: Database;
  readonly reports: Reports;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after the commit that applied a batch. Must not throw. */
  readonly onApplied: (reports: readonly DeliveryReport[]) => void;
  /** How often it looks for what other processes have planned. Default 200. */
  readonly pollMs?: number;
}

export interface SandboxReports extends Service {
  /** A report is due at this time: do not sleep past it. */
  hint(dueAtMs: number): void;
}

const batchSize = 500;
const defaultPollMs = 200;
/** Under load batches start no closer together than this, so that each has many reports; an idle loop never waits. */
const gatherMs = 10;
const retryMs = 1000;

export function createSandboxReports(deps: SandboxReportsDeps): SandboxReports {
  let work: { readonly sleeper: Sleeper; readonly finished: Promise<void> } | null = null;
  return {
    name: "sandbox-reports",
    hint: (dueAtMs) => work?.sleeper.hint(dueAtMs),
    async start() {
      if (work !== null) return;
      const sleeper = createSleeper(deps.clock);
      work = { sleeper, finished: giveReports(deps, sleeper) };
    },
    async stop() {
      work?.sleeper.end();
      await work?.finished;
      work = null;
    },
  };
}

async function giveReports(deps: SandboxReportsDeps, sleeper: Sleeper): Promise<void> {
  const { clock, log, pollMs = defaultPollMs } = deps;
  let startedMs = Number.NEGATIVE_INFINITY;
  while (!sleeper.ended) {
    await sleeper.pauseUntil(startedMs + gatherMs);
    startedMs = clock.nowMs();
    sleeper.forgetHints();
    try {
      while (!sleeper.ended && (await applyDueReports(deps)) === batchSize);
      const next = await nextSandboxReportDue(deps.db);
      await sleeper.sleepUntil(Math.min(next?.getTime() ?? Number.POSITIVE_INFINITY, clock.nowMs() + pollMs));
    } catch (error) {
      log.warn({ err: toError(error) }, "sandbox reports could not be given; trying again");
      await sleeper.pauseUntil(clock.nowMs() + retryMs);
    }
  }
}

/** Takes and applies one batch of reports that are due, in one transaction; resolves to how many there were. */
export async function applyDueReports(deps: Omit<SandboxReportsDeps, "log">): Promise<number> {
  const { db, reports, clock, onApplied } = deps;
  const applied = await db.transaction(async (tx) => {
    const due = await takeDueSandboxReports(tx, new Date(clock.nowMs()), batchSize);
    const batch = due.map(deliveryReport);
    if (batch.length > 0) await reports.apply(tx, batch);
    return batch;
  });
  if (applied.length > 0) onApplied(applied);
  return applied.length;
}

function deliveryReport(row: SandboxReportRow): DeliveryReport {
  const { accountSid, messageSid, status, errorCode, dueAt } = row;
  return { accountSid, messageSid, status, errorCode, at: dueAt };
}

interface Sleeper {
  /** Waits until a time, whatever is hinted. */
  pauseUntil(atMs: number): Promise<void>;
  /** Waits until a time, or until an earlier one that was or gets hinted. */
  sleepUntil(atMs: number): Promise<void>;
  hint(atMs: number): void;
  forgetHints(): void;
  /** Cuts the present wait short; later ones do not begin. */
  end(): void;
  readonly ended: boolean;
}

function createSleeper(clock: Clock): Sleeper {
  let hintedMs = Number.POSITIVE_INFINITY;
  let ended = false;
  let waiting: { wakeAtMs: number; timer: NodeJS.Timeout; readonly wake: () => void } | null = null;

  const timerFor = (atMs: number, wake: () => void) => setTimeout(wake, Math.max(0, atMs - clock.nowMs()));

  async function wait(wakeAtMs: number): Promise<void> {
    if (ended || wakeAtMs <= clock.nowMs()) return;
    await new Promise<void>((wake) => {
      waiting = { wakeAtMs, timer: timerFor(wakeAtMs, wake), wake };
    });
    waiting = null;
  }

  let hintable = false;
  return {
    pauseUntil: wait,
    async sleepUntil(atMs) {
      hintable = true;
      await wait(Math.min(atMs, hintedMs));
      hintable = false;
    },
    hint(atMs) {
      hintedMs = Math.min(hintedMs, atMs);
      if (waiting === null || !hintable || atMs >= waiting.wakeAtMs) return;
      clearTimeout(waiting.timer);
      waiting.wakeAtMs = atMs;
      waiting.timer = timerFor(atMs, waiting.wake);
    },
    forgetHints() {
      hintedMs = Number.POSITIVE_INFINITY;
    },
    end() {
      ended = true;
      if (waiting === null) return;
      clearTimeout(waiting.timer);
      waiting.wake();
    },
    get ended() {
      return ended;
    },
  };
}
