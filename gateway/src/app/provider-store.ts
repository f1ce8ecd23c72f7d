// Wires the provider store with the upstreams that it checks providers against.

import type { Logger } from "pino";
import type { Upstream } from "../carriers/upstream.ts";
import type { Clock } from "../core/clock.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import type { ProviderKind } from "../core/providers/provider.ts";
import { createProviders } from "../services/providers/create-providers.ts";
import { createProviderChecks } from "../services/providers/provider-checks.ts";
import type { Providers } from "../services/providers.ts";
import { partialService, type Service } from "../services/service.ts";
import type { Database } from "../store/database.ts";

export interface ProviderStoreDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly upstreams: Readonly<Partial<Record<ProviderKind, Upstream>>>;
  /** Does this process check providers on a schedule? */
  readonly checks: boolean;
}

export interface ProviderStore {
  readonly providers: Providers;
  /** In the order in which they start. */
  readonly services: readonly Service[];
}

export function createProviderStore({ checks, ...given }: ProviderStoreDeps): ProviderStore {
  const stopping = new AbortController();
  const deps = { ...given, stopping: stopping.signal };
  const end = partialService("provider store", { stop: async () => stopping.abort() });
  return {
    providers: createProviders(deps),
    services: checks ? [end, createProviderChecks(deps)] : [end],
  };
}
