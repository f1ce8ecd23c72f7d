// The providers that upstreams name when they call: found by their id alone, since a caller has no account, and
// remembered for a second. Who the caller really is, the caller has to prove.

import { createBatchCache } from "../../core/caching/batch-cache.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import type { Uuid } from "../../core/ids.ts";
import type { ProviderKind, ProviderWithSecrets, ReportingProvider } from "../../core/providers/provider.ts";
import { accountsWithProvider } from "../../store/called-providers.ts";
import type { Queryable } from "../../store/database.ts";
import { findProvider } from "../../store/providers.ts";
import { retiredProvidersCalled } from "../../store/retired-providers.ts";

export interface CalledProviders {
  /** Nearly always one: ids are unique but for the unlikeliest of accidents. Up to a second old. */
  find(kind: ProviderKind, id: Uuid): Promise<readonly ProviderWithSecrets[]>;
  /** As they are now: what was just saved must not refuse a caller. */
  findNow(kind: ProviderKind, id: Uuid): Promise<readonly ProviderWithSecrets[]>;
  /** As `find`, and those that were deleted lately: what they took before is still reported. For delivery reports only. */
  findReporting(kind: ProviderKind, id: Uuid): Promise<readonly ReportingProvider[]>;
  findReportingNow(kind: ProviderKind, id: Uuid): Promise<readonly ReportingProvider[]>;
}

export function createCalledProviders({
  db,
  sealer,
}: {
  readonly db: Queryable;
  readonly sealer: Sealer;
}): CalledProviders {
  async function load(kind: ProviderKind, id: Uuid): Promise<readonly ProviderWithSecrets[]> {
    const accounts = await accountsWithProvider(db, kind, id);
    const found = await Promise.all(accounts.map((accountSid) => findProvider(db, sealer, accountSid, id)));
    return found.filter((provider) => provider !== null);
  }

  async function loadReporting(kind: ProviderKind, id: Uuid): Promise<readonly ReportingProvider[]> {
    const retired = await retiredProvidersCalled(db, sealer, id);
    return [...(await load(kind, id)), ...retired.filter((provider) => provider.kind === kind)];
  }

  return {
    find: rememberFor1s(load),
    findNow: load,
    findReporting: rememberFor1s(loadReporting),
    findReportingNow: loadReporting,
  };
}

type Find<P> = (kind: ProviderKind, id: Uuid) => Promise<readonly P[]>;

function rememberFor1s<P>(load: Find<P>): Find<P> {
  const remembered = createBatchCache<readonly [ProviderKind, Uuid], readonly P[]>({
    nameOf: ([kind, id]) => `${kind} ${id}`,
    load: async (keys) =>
      new Map(await Promise.all(keys.map(async ([kind, id]) => [`${kind} ${id}`, await load(kind, id)] as const))),
    maxAgeMs: 1000,
    maxEntries: 10_000,
    isFleeting: (providers) => providers === null || providers.length === 0,
  });
  return async (kind, id) => (await remembered([[kind, id]]))([kind, id]) ?? [];
}
