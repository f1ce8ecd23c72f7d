// Asks providers what became of messages, where nobody calls back, and where somebody should have. One process at a time
// asks a provider, under a lease; one that dies loses nothing but time. Who has waited longest is next, and no account has
// all the turns. A provider that does not answer, or not to the end, is left alone for a while.

import { setTimeout as delay } from "node:timers/promises";
import type { Sealer } from "../../core/credentials/seal.ts";
import { toError } from "../../core/errors.ts";
import { findProvider } from "../../store/providers.ts";
import {
  claimPolledProviders,
  dropOrphanedReportPollers,
  dropOrphanedReportPolls,
  type PollLease,
  type PollTurn,
  releasePolledProvider,
} from "../../store/report-polls.ts";
import { dropOldRetiredProviders, findRetiredProvider } from "../../store/retired-providers.ts";
import type { Service } from "../service.ts";
import { type PollRound, type PollRoundDeps, pollProvider } from "./poll-provider.ts";

export interface ReportPollingDeps extends PollRoundDeps {
  readonly sealer: Sealer;
  /** Default 45 s. */
  readonly roundMs?: number;
}

const lookEveryMs = 1000;
const providersAtOnce = 8;
const providersPerAccount = 4;
/** Longer than a round may take. */
const leaseMs = 120_000;
/** An upstream that takes its time keeps another one from its turn. */
const defaultRoundMs = 45_000;
const resumeMs = { first: 15_000, max: 600_000 } as const;
const tidyEveryMs = 3_600_000;
const rowsPerTidy = 10_000;

export function createReportPolling(deps: ReportPollingDeps): Service {
  const { db, sealer, clock, log, roundMs = defaultRoundMs } = deps;
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  let loop: Promise<void> = Promise.resolve();
  let tidiedAtMs = Number.NEGATIVE_INFINITY;

  async function round(lease: PollLease): Promise<void> {
    const { accountSid, providerId, failures } = lease;
    let turn: PollTurn = { resumeAt: null, failures };
    try {
      const provider =
        (await findProvider(db, sealer, accountSid, providerId)) ??
        (await findRetiredProvider(db, sealer, accountSid, providerId));
      if (provider === null) return;
      const late = AbortSignal.timeout(roundMs);
      const result = await pollProvider(deps, provider, AbortSignal.any([stopping.signal, late]));
      if (!stopping.signal.aborted) turn = judge(lease, result, late.aborted);
    } catch (error) {
      log.warn({ err: toError(error), accountSid, providerId }, "delivery reports could not be asked for");
      turn = rest(failures + 1);
    }
    await releasePolledProvider(db, lease, new Date(clock.nowMs()), turn);
  }

  /** Who answers a part before its time is over is not left alone ever longer: the next round takes up the rest. */
  function judge({ accountSid, providerId, failures }: PollLease, result: PollRound, isLate: boolean): PollTurn {
    const { failure, answered } = result;
    if (failure === null && !isLate) return { resumeAt: null, failures: 0 };
    if (failures === 0) {
      const { state, code, reason } = failure ?? { state: "unreachable", code: null, reason: "it took too long" };
      const line = { accountSid, providerId, state, code, reason };
      log.warn(line, "a provider could not be asked for delivery reports");
    }
    return rest(isLate && answered ? 1 : failures + 1);
  }

  function rest(failures: number): PollTurn {
    const restMs = Math.min(resumeMs.first * 2 ** Math.min(failures - 1, 10), resumeMs.max);
    return { resumeAt: new Date(clock.nowMs() + restMs), failures };
  }

  function begin(lease: PollLease): void {
    const task = round(lease)
      .catch((error: unknown) => {
        // The lease runs out by itself.
        log.warn(
          { err: toError(error), providerId: lease.providerId },
          "a lease on a provider could not be given back",
        );
      })
      .finally(() => underWay.delete(task));
    underWay.add(task);
  }

  async function tidy(): Promise<void> {
    if (clock.nowMs() - tidiedAtMs < tidyEveryMs) return;
    tidiedAtMs = clock.nowMs();
    const now = new Date(clock.nowMs());
    while ((await dropOldRetiredProviders(db, now, rowsPerTidy)) === rowsPerTidy && !stopping.signal.aborted);
    while ((await dropOrphanedReportPolls(db, rowsPerTidy)) === rowsPerTidy && !stopping.signal.aborted);
    await dropOrphanedReportPollers(db);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await tidy();
        const nowMs = clock.nowMs();
        const free = providersAtOnce - underWay.size;
        const limits = { total: free, perAccount: providersPerAccount };
        const claimed =
          free > 0 ? await claimPolledProviders(db, new Date(nowMs), new Date(nowMs + leaseMs), limits) : [];
        for (const lease of claimed) begin(lease);
      } catch (error) {
        log.warn({ err: toError(error) }, "it could not be seen which providers are to be asked for reports");
      }
      await delay(lookEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    name: "report-polling",
    async start() {
      loop = run();
    },
    async stop() {
      stopping.abort();
      await loop;
      await Promise.allSettled(underWay);
    },
  };
}
