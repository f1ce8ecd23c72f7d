// The fallback chain of an account under its lock: written with its audit row, its head made and taken away. Who comes to
// the head or leaves it has changed, and both by the same change.

import { isDeepStrictEqual } from "node:util";
import type { Sealer } from "../../core/credentials/seal.ts";
import { GatewayError } from "../../core/errors.ts";
import type { AccountSid, Uuid } from "../../core/ids.ts";
import type { Provider, ProviderWithSecrets } from "../../core/providers/provider.ts";
import { lockFallbackChain, setFallbackChain } from "../../store/accounts.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { findProvider, findProviderNames, loadProviders, touchProviders } from "../../store/providers.ts";

export interface Caller {
  readonly accountSid: AccountSid;
  readonly actor: string;
}

interface ChainDeps {
  readonly db: Database;
  readonly sealer: Sealer;
}

/** Rejects with `not-found`. */
export async function existingProvider(
  { sealer }: Pick<ChainDeps, "sealer">,
  db: Queryable,
  accountSid: AccountSid,
  id: string,
): Promise<ProviderWithSecrets> {
  const provider = await findProvider(db, sealer, accountSid, id);
  if (provider === null) throw new GatewayError("not-found", `The account has no provider ${id}.`);
  return provider;
}

/**
 * Puts a provider at the head; null: it was there. The built-in sandbox leaves the chain: it would take what the active
 * provider could not send, and say that it was delivered.
 */
export function activateProvider(deps: ChainDeps, caller: Caller, id: string): Promise<Provider | null> {
  const { accountSid } = caller;
  return deps.db.transaction(async (tx) => {
    const before = await lockFallbackChain(tx, accountSid);
    const provider = await existingProvider(deps, tx, accountSid, id);
    if (before[0] === provider.id) return null;
    const builtIn = (await loadProviders(tx, deps.sealer, accountSid)).find((one) => one.builtIn)?.id;
    const rest = before.filter((other) => other !== provider.id && other !== builtIn);
    await writeChain(tx, caller, before, [provider.id, ...rest]);
    return await existingProvider(deps, tx, accountSid, provider.id);
  });
}

/** Empties the chain whose head a provider is; null: it is not. */
export function deactivateProvider(deps: ChainDeps, caller: Caller, id: string): Promise<Provider | null> {
  const { accountSid } = caller;
  return deps.db.transaction(async (tx) => {
    const before = await lockFallbackChain(tx, accountSid);
    const provider = await existingProvider(deps, tx, accountSid, id);
    if (before[0] !== provider.id) return null;
    await writeChain(tx, caller, before, []);
    return await existingProvider(deps, tx, accountSid, provider.id);
  });
}

/** Needs the lock. */
export async function writeChain(
  tx: Queryable,
  { accountSid, actor }: Caller,
  before: readonly Uuid[],
  after: readonly Uuid[],
): Promise<void> {
  if (isDeepStrictEqual(before, after)) return;
  await setFallbackChain(tx, accountSid, after);
  const heads = before[0] === after[0] ? [] : [before[0], after[0]].filter((id) => id !== undefined);
  await touchProviders(tx, accountSid, heads);
  const names = await findProviderNames(tx, accountSid, [...before, ...after]);
  // For people, as they were called then: ids tell nobody what the order was.
  const orderOf = (ids: readonly Uuid[]) =>
    ids.map((id, place) => `${place + 1}. ${names.get(id) ?? id}`).join(", ") || null;
  await writeAudit(tx, {
    accountSid,
    actor,
    action: "account.fallback-chain.replaced",
    subject: accountSid,
    before: { providers: before, order: orderOf(before) },
    after: { providers: after, order: orderOf(after) },
  });
}
