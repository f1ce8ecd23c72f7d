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
  upstream_since: Date | null;
}

/** What the secrets of this provider are sealed for. */
export function providerSecretsContext(accountId: Uuid, providerId: Uuid): string {
  return `providers.secrets ${accountId} ${providerId}`;
}

/** Of a row that keeps the secrets of a provider under the provider's own name. */
export function openProviderSecrets(
  sealer: Sealer,
  row: Pick<ProviderRow, "account_id" | "id" | "secrets_sealed">,
): Record<string, string> {
  if (row.secrets_sealed === null) return {};
  const json = sealer.open(row.secrets_sealed, providerSecretsContext(row.account_id, row.id));
  return JSON.parse(json) as Record<string, string>;
}

function toProvider(row: ProviderRow, sealer: Sealer): ProviderWithSecrets {
  const secrets = openProviderSecrets(sealer, row);
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
    upstreamSince: row.upstream_since,
    secretNames: Object.keys(secrets).sort(),
    secrets,
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

const FIND = {
  name: "provider_by_id",
  text: `select p.*, array_position(a.fallback_chain, p.id) - 1 as chain_position
    from providers p join accounts a on a.id = p.account_id where p.account_id = $1 and p.id = $2`,
};

const FIND_BY_NUMBER = { name: "provider_by_number", text: FIND.text.replace("p.id = $2", "p.number = $2") };

const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const numberForm = /^[0-9]{1,20}$/;

/** By its UUID or its 18-digit number; null: the account has no such provider, or it is neither. */
export async function findProvider(
  db: Queryable,
  sealer: Sealer,
  accountSid: AccountSid,
  id: string,
): Promise<ProviderWithSecrets | null> {
  const statement = uuidForm.test(id) ? FIND : numberForm.test(id) ? FIND_BY_NUMBER : null;
  if (statement === null) return null;
  const [row] = await db.query<ProviderRow>(statement, [uuidOf(accountSid), id]);
  return row ? toProvider(row, sealer) : null;
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
  /** Null or absent: never. */
  readonly checkDueAt?: Date | null;
  /** Since when it leads where it does: what has its id from an earlier life is not there. Null or absent: always. */
  readonly upstreamSince?: Date | null;
}

/** Resolves to false, and changes nothing, when the id is taken, be it in another account. */
export async function insertProvider(db: Queryable, sealer: Sealer, provider: NewProvider): Promise<boolean> {
  const accountId = uuidOf(provider.accountSid);
  const rows = await db.query(
    `insert into providers (account_id, id, name, kind, built_in, config, dialects, secrets_sealed, check_due_at,
       upstream_since)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 where not exists (select from providers where id = $2)
     on conflict do nothing returning id`,
    [
      accountId,
      provider.id,
      provider.name,
      provider.kind,
      provider.builtIn ?? false,
      JSON.stringify(provider.config ?? {}),
      JSON.stringify(provider.dialects ?? {}),
      seal(sealer, accountId, provider.id, provider.secrets),
      provider.checkDueAt ?? null,
      provider.upstreamSince ?? null,
    ],
  );
  return rows.length > 0;
}

function seal(
  sealer: Sealer,
  accountId: Uuid,
  id: Uuid,
  secrets: Readonly<Record<string, string>> | undefined,
): Buffer | null {
  return secrets === undefined ? null : sealer.seal(JSON.stringify(secrets), providerSecretsContext(accountId, id));
}

// Where lookups go: another Verify service knows nothing of what went through the one before; a first one has nothing to
// know. Compared as written: where a URL is only spelled otherwise, an open outcome is not told, which is no harm done.
const leadsElsewhere = `
  config->'accountSid' is distinct from $4::jsonb->'accountSid' or config->'baseUrl' is distinct from $4::jsonb->'baseUrl'
  or (config ? 'verifyServiceSid' and config->'verifyServiceSid' is distinct from $4::jsonb->'verifyServiceSid')`;

/**
 * Writes a changed provider back; the caller holds the account's chain lock. Its `sequence` rises. Whoever is asked from
 * `now` on about what was handed over before cannot tell, if the upstream is another.
 */
export async function updateProvider(
  tx: Queryable,
  sealer: Sealer,
  { accountSid, id, name, config, dialects, secrets }: ProviderWithSecrets,
  { checkDueAt, now }: { readonly checkDueAt: Date | null; readonly now: Date },
): Promise<void> {
  const accountId = uuidOf(accountSid);
  await tx.query(
    `update providers set name = $3, config = $4, dialects = $5, secrets_sealed = $6, check_due_at = $7,
       upstream_since = case when ${leadsElsewhere} then $8 else upstream_since end,
       sequence = nextval('change_sequence'), updated_at = now()
     where account_id = $1 and id = $2`,
    [
      accountId,
      id,
      name,
      JSON.stringify(config),
      JSON.stringify(dialects),
      seal(sealer, accountId, id, secrets),
      checkDueAt,
      now,
    ],
  );
}

/** Of those that are there. */
export async function findProviderNames(
  db: Queryable,
  accountSid: AccountSid,
  ids: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, string>> {
  const rows = await db.query<{ id: Uuid; name: string } & Record<string, unknown>>(
    "select id, name from providers where account_id = $1 and id = any($2::uuid[])",
    [uuidOf(accountSid), ids],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Notes a change that is not in the rows themselves (the head of the chain): one change for all of them. */
export async function touchProviders(tx: Queryable, accountSid: AccountSid, ids: readonly Uuid[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(
    `with change as materialized (select nextval('change_sequence') as sequence)
     update providers p set sequence = change.sequence, updated_at = now() from change
     where account_id = $1 and id = any($2::uuid[])`,
    [uuidOf(accountSid), ids],
  );
}

/**
 * Its health and what is known of its upstream's senders go with it; its own senders must be gone before. The account
 * remembers when it was. What it takes to be told of messages that it has taken is kept for a while (retired-providers.ts).
 */
export async function deleteProvider(
  tx: Queryable,
  accountSid: AccountSid,
  id: Uuid,
): Promise<{ readonly sequence: bigint; readonly removedAt: Date }> {
  await tx.query(
    `with gone as (delete from providers where account_id = $1 and id = $2 returning *)
     insert into retired_providers (account_id, id, kind, name, config, secrets_sealed, retired_at)
     select account_id, id, kind, name, config, secrets_sealed, now() from gone where kind = 'twilio'
     on conflict (account_id, id) do update set kind = excluded.kind, name = excluded.name, config = excluded.config,
       secrets_sealed = excluded.secrets_sealed, retired_at = excluded.retired_at`,
    [uuidOf(accountSid), id],
  );
  const [row] = await tx.query<{ sequence: string; at: Date }>(
    `update accounts set provider_removed_sequence = nextval('change_sequence'), provider_removed_at = now() where id = $1
     returning provider_removed_sequence as sequence, provider_removed_at as at`,
    [uuidOf(accountSid)],
  );
  if (row === undefined) throw new Error("a provider without an account");
  return { sequence: BigInt(row.sequence), removedAt: row.at };
}

const LAST_CHANGE = {
  name: "last_provider_change",
  text: `
    (select sequence, updated_at as at from providers where account_id = $1 and not built_in)
    union all
    (select provider_removed_sequence, provider_removed_at from accounts
     where id = $1 and provider_removed_sequence is not null)
    order by sequence desc limit 1`,
};

/** The last change of the account's providers, the built-in one aside. */
export async function lastProviderChange(
  db: Queryable,
  accountSid: AccountSid,
): Promise<{ readonly sequence: bigint; readonly at: Date } | null> {
  const [row] = await db.query<{ sequence: string; at: Date }>(LAST_CHANGE, [uuidOf(accountSid)]);
  return row === undefined ? null : { sequence: BigInt(row.sequence), at: row.at };
}

export interface ProviderName {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
}

/** Does a provider of another account lead to the same account of the same upstream? */
export async function isUpstreamShared(db: Queryable, { accountSid, config }: Provider): Promise<boolean> {
  const [row] = await db.query<{ shared: boolean }>(
    `select exists (
       select from providers where kind = 'twilio' and account_id <> $1 and config->>'accountSid' = $2
         and rtrim(coalesce(config->>'baseUrl', ''), '/') = rtrim($3, '/')) as shared`,
    [uuidOf(accountSid), config["accountSid"], config["baseUrl"] ?? ""],
  );
  return row?.shared === true;
}

/** False: it is gone. Otherwise whoever deletes it waits for the end of the transaction. */
export async function holdProvider(tx: Queryable, { accountSid, id }: ProviderName): Promise<boolean> {
  const rows = await tx.query("select 1 as held from providers where account_id = $1 and id = $2 for key share", [
    uuidOf(accountSid),
    id,
  ]);
  return rows.length > 0;
}

const CLAIM_CHECKS = {
  name: "claim_provider_checks",
  text: `
    update providers set check_due_at = $2
    where (account_id, id) in (
      select account_id, id from providers where check_due_at <= $1 order by check_due_at limit $3
      for no key update skip locked)
    returning account_id, id`,
};

/** Providers whose check is due; they are due again at `again`, should this process die. */
export async function claimProviderChecks(
  db: Queryable,
  now: Date,
  again: Date,
  limit: number,
): Promise<ProviderName[]> {
  const rows = await db.query<{ account_id: Uuid; id: Uuid }>(CLAIM_CHECKS, [now, again, limit]);
  return rows.map(({ account_id, id }) => ({ accountSid: sidOf("AC", account_id), id }));
}

export async function scheduleProviderCheck(db: Queryable, { accountSid, id }: ProviderName, at: Date): Promise<void> {
  await db.query("update providers set check_due_at = $3 where account_id = $1 and id = $2", [
    uuidOf(accountSid),
    id,
    at,
  ]);
}

/** A provider that is not checked (no kind of upstream, or not yet) stays so. */
export async function hastenProviderCheck(db: Queryable, { accountSid, id }: ProviderName, at: Date): Promise<void> {
  await db.query("update providers set check_due_at = $3 where account_id = $1 and id = $2 and check_due_at > $3", [
    uuidOf(accountSid),
    id,
    at,
  ]);
}

const ACTIVE_KIND = {
  name: "active_provider_kind",
  text: `select p.kind from accounts a join providers p on p.account_id = a.id
      and (p.id = a.fallback_chain[1] or p.built_in and a.fallback_chain = '{}')
    where a.id = $1`,
};

/** The kind of the provider at the head of the fallback chain; of an empty one, of the built-in provider. */
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
