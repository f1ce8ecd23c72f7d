// Finds out how the token endpoint of an HTTP provider wants its client to authenticate, by trying, before the provider is
// stored. Nobody has to wait for it for long, and not to know is no failure: the carrier tries again.

import type { CarrierProvider } from "../../carriers/carrier.ts";
import type { UpstreamResult } from "../../carriers/upstream.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { type AccountSid, newUuid, type Uuid } from "../../core/ids.ts";
import type { Queryable } from "../../store/database.ts";
import { findProvider } from "../../store/providers.ts";
import type { ProviderDraft } from "../providers.ts";

export type ClientAuthentication = "BASIC_AUTH_HEADER" | "BODY";

/**
 * `id`: of the provider that is to be changed: what the draft does not say is what that one has. Resolves to null when there
 * was no token to be had.
 */
export type FindClientAuthentication = (
  accountSid: AccountSid,
  draft: ProviderDraft,
  id?: Uuid,
) => Promise<ClientAuthentication | null>;

export interface ClientAuthenticationDeps {
  readonly db: Queryable;
  readonly sealer: Sealer;
  readonly find: (
    provider: CarrierProvider,
    signal: AbortSignal,
  ) => Promise<UpstreamResult<ClientAuthentication | null>>;
}

const timeoutMs = 5_000;

export function createFindClientAuthentication(deps: ClientAuthenticationDeps): FindClientAuthentication {
  const { db, sealer, find } = deps;
  return async (accountSid, { kind, name, config, secrets }, id) => {
    const before = id === undefined ? null : await findProvider(db, sealer, accountSid, id);
    const merged = { config: { ...before?.config, ...config }, secrets: { ...before?.secrets, ...secrets } };
    // An id of its own: what the provider's carrier remembers of its tokens is not touched.
    const found = await find({ accountSid, id: newUuid(), kind, name, ...merged }, AbortSignal.timeout(timeoutMs));
    return found.kind === "ok" ? found.value : null;
  };
}
