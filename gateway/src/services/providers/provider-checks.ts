// Checks providers on a schedule, so that credentials that were revoked are known before a message needs them. Several
// processes share the work: a due provider is one process's for two minutes.

import { setTimeout as delay } from "node:timers/promises";
import type { Sealer } from "../../core/credentials/seal.ts";
import { toError } from "../../core/errors.ts";
import { claimProviderChecks, findProvider, type ProviderName } from "../../store/providers.ts";
import type { Service } from "../service.ts";
import { type CheckDeps, checkProvider } from "./check-provider.ts";

export interface ProviderChecksDeps extends CheckDeps {
  readonly sealer: Sealer;
  /** Default: 10 s. */
  readonly everyMs?: number;
}

const leaseMs = 120_000;
const batchMax = 8;

export function createProviderChecks(deps: ProviderChecksDeps): Service {
  const { db, sealer, clock, log, everyMs = 10_000 } = deps;
  const stopping = new AbortController();
  const checks = { ...deps, stopping: AbortSignal.any([deps.stopping, stopping.signal]) };
  let running: Promise<void> = Promise.resolve();

  async function checkOne({ accountSid, id }: ProviderName): Promise<void> {
    const provider = await findProvider(db, sealer, accountSid, id);
    if (provider !== null) await checkProvider(checks, provider, "schedule");
  }

  async function checkDue(): Promise<void> {
    for (;;) {
      const nowMs = clock.nowMs();
      const due = await claimProviderChecks(db, new Date(nowMs), new Date(nowMs + leaseMs), batchMax);
      await Promise.all(
        due.map((provider) =>
          checkOne(provider).catch((error: unknown) => {
            log.warn({ err: toError(error), providerId: provider.id }, "a provider could not be checked");
          }),
        ),
      );
      if (due.length < batchMax || stopping.signal.aborted) return;
    }
  }

  async function loop(): Promise<void> {
    while (await delay(everyMs, true, { signal: stopping.signal }).catch(() => false)) {
      await checkDue().catch((error: unknown) => log.warn({ err: toError(error) }, "providers could not be checked"));
    }
  }

  return {
    name: "provider checks",
    async start() {
      running = loop();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
