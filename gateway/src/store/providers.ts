// Providers of an account, with their secrets sealed in the row and their place in the fallback chain.

import type { Sealer } from "../core/credentials/seal.ts";
import type { AccountSid, Uuid } from "../core/ids.ts";
import { sidOf, uuidOf } from "../core/ids.ts";
import type { Provider, ProviderWithSecrets } from "../core/providers/provider.ts";
import type { Queryable } from "./database.ts";

interface ProviderRow {
  account_id: Uuid;
  id: Uuid;
  number: string;
  sequence: string;
  name: string;
  kind: Provider["kind"];
  built_in: boolean;
  config: Record<string, unknown>;
  dialects: Record<string, unknown>;
  secrets_sealed: Buffer | null;
  chain_position: number | null;
  created_at: Date;
  updated_at: Date;
}

/** What the secrets of this provider are sealed for. */
export function providerSecretsContext(accountId: Uuid, providerId: Uuid): string {
  return `providers.secrets ${accountId} ${providerId}`;
}

function openSecrets(json: string): Record<string, string> {
  return JSON.parse(json) as Record<string, string>;
}

function toProvider(row: ProviderRow, sealer: Sealer): ProviderWithSecrets {
  const sealed = row.secrets_sealed;
  return {
    accountSid: sidOf("AC", row.account_id),
    id: row.id,
    number: row.number,
    sequence: BigInt(row.sequence),
    kind: row.kind,
    name: row.name,
    builtIn: row.built_in,
    config: row.config,
    dialects: row.dialects,
    chainPosition: row.chain_position,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    secrets: sealed === null ? {} : openSecrets(sealer.open(sealed, providerSecretsContext(row.account_id, row.id))),
  };
}

const OF_ACCOUNTS = {
  name: "providers_of_accounts",
  text: `select p.*, array_position(a.fallback_chain, p.id) - 1 as chain_position
    from unnest($1::uuid[]) as w(account_id)
    join accounts a on a.id = w.account_id join providers p on p.account_id = a.id
    order by p.account_id, array_position(a.fallback_chain, p.id) nulls last, p.created_at, p.id`,
};

/** Every provider of several accounts: per account as `loadProviders` gives them. */
export async function loadProvidersOf(
  db: Queryable,
  sealer: Sealer,
  accounts: readonly AccountSid[],
): Promise<ProviderWithSecrets[]> {
  const rows = await db.query<ProviderRow>(OF_ACCOUNTS, [accounts.map(uuidOf)]);
  return rows.map((row) => toProvider(row, sealer));
}

/** Every provider of an account: the fallback chain in its order, then those outside it (chainPosition null). */
export async function loadProviders(
  db: Queryable,
  sealer: Sealer,
  accountSid: AccountSid,
): Promise<ProviderWithSecrets[]> {
  return loadProvidersOf(db, sealer, [accountSid]);
}

export interface NewProvider {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  readonly kind: Provider["kind"];
  readonly name: string;
  readonly builtIn?: boolean;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly dialects?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

export async function insertProvider(db: Queryable, sealer: Sealer, provider: NewProvider): Promise<void> {
  const accountId = uuidOf(provider.accountSid);
  await db.query(
    `insert into providers (account_id, id, name, kind, built_in, config, dialects, secrets_sealed)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      accountId,
      provider.id,
      provider.name,
      provider.kind,
      provider.builtIn ?? false,
      JSON.stringify(provider.config ?? {}),
      JSON.stringify(provider.dialects ?? {}),
      provider.secrets === undefined
        ? null
        : sealer.seal(JSON.stringify(provider.secrets), providerSecretsContext(accountId, provider.id)),
    ],
  );
}

const ACTIVE_KIND = {
  name: "active_provider_kind",
  text: `select p.kind from accounts a join providers p on p.account_id = a.id and p.id = a.fallback_chain[1]
    where a.id = $1`,
};

/** The kind of the provider at the head of the fallback chain; null when the chain is empty. */
export async function activeProviderKind(db: Queryable, accountSid: AccountSid): Promise<Provider["kind"] | null> {
  const [row] = await db.query<{ kind: Provider["kind"] }>(ACTIVE_KIND, [uuidOf(accountSid)]);
  return row?.kind ?? null;
}

/** The head of the fallback chain; of an empty chain the oldest provider, the built-in one first; null: there is none. */
export async function activeProvider(
  db: Queryable,
  accountSid: AccountSid,
): Promise<Pick<Provider, "id" | "kind"> | null> {
  const [row] = await db.query<{ id: Uuid; kind: Provider["kind"] }>(
    `select p.id, p.kind from providers p join accounts a on a.id = p.account_id
     where p.account_id = $1
     order by array_position(a.fallback_chain, p.id) nulls last, p.built_in desc, p.created_at, p.id limit 1`,
    [uuidOf(accountSid)],
  );
  return row ?? null;
}
