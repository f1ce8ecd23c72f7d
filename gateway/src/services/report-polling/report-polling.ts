// Asks providers what became of messages, where nobody calls back, and where somebody should have. One process at a time
// asks a provider, under a lease; one that dies loses nothing but time. A provider that does not answer is left alone for
// a while.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Sealer } from "../../core/credentials/seal.ts";
import { toError } from "../../core/errors.ts";
import { findProvider } from "../../store/providers.ts";
import {
  claimPolledProviders,
  dropOrphanedReportPolls,
  type PollLease,
  releasePolledProvider,
} from "../../store/report-polls.ts";
import type { Service } from "../service.ts";
import { type PollRoundDeps, pollProvider } from "./poll-provider.ts";

export interface ReportPollingDeps extends PollRoundDeps {
  readonly sealer: Sealer;
  readonly log: Logger;
}

const lookEveryMs = 1000;
const providersAtOnce = 4;
/** Longer than a round may take. */
const leaseMs = 120_000;
const roundMs = 90_000;
const resumeMs = { first: 15_000, max: 600_000 } as const;
const tidyEveryMs = 3_600_000;
const orphansPerTidy = 10_000;

export function createReportPolling(deps: ReportPollingDeps): Service {
  const { db, clock, log } = deps;
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  let loop: Promise<void> = Promise.resolve();
  let tidiedAtMs = Number.NEGATIVE_INFINITY;

  async function round(lease: PollLease): Promise<void> {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(roundMs)]);
    const { accountSid, providerId, failures } = lease;
    let resumeAt: Date | null = null;
    try {
      const provider = await findProvider(db, deps.sealer, accountSid, providerId);
      if (provider === null) return;
      const { failure } = await pollProvider(deps, provider, signal);
      if (failure !== null && !stopping.signal.aborted) {
        const { state, code, reason } = failure;
        const line = { accountSid, providerId, state, code, reason };
        if (failures === 0) log.warn(line, "a provider could not be asked for delivery reports");
        resumeAt = new Date(clock.nowMs() + Math.min(resumeMs.first * 2 ** Math.min(failures, 10), resumeMs.max));
      }
    } catch (error) {
      log.warn({ err: toError(error), accountSid, providerId }, "delivery reports could not be asked for");
      resumeAt = new Date(clock.nowMs() + resumeMs.first);
    }
    await releasePolledProvider(db, lease, new Date(clock.nowMs()), resumeAt);
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
    while ((await dropOrphanedReportPolls(db, orphansPerTidy)) === orphansPerTidy && !stopping.signal.aborted);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await tidy();
        const nowMs = clock.nowMs();
        const free = providersAtOnce - underWay.size;
        const claimed =
          free > 0 ? await claimPolledProviders(db, new Date(nowMs), new Date(nowMs + leaseMs), free) : [];
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
