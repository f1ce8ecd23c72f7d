// Accounts in the database: found, made, their tokens and fallback chain changed. Tokens are sealed on the way
// in and opened on the way out; a token sealed for one account or column opens in no other.

import type { Account, AccountContext } from "../core/accounts/account.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import { hashSecret } from "../core/credentials/secrets.ts";
import type { AccountSid, Uuid } from "../core/ids.ts";
import { sidOf, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";
import { listPage, type Page, type PageQuery } from "./keyset-page.ts";

interface AccountRow {
  id: Uuid;
  parent_id: Uuid | null;
  friendly_name: string;
  status: Account["status"];
  type: Account["type"];
  environment_id: Uuid;
  tenant_id: Uuid;
  resource_owner: string;
  auth_token_sealed: Buffer;
  secondary_auth_token_sealed: Buffer | null;
  requires_signed_requests: boolean;
  fallback_chain: Uuid[];
  settings: Record<string, unknown>;
  created_at: Date;
  updated_at: Date;
}

/** What a token of this account is sealed for. */
export function tokenContext(accountId: Uuid, which: "primary" | "secondary"): string {
  return `accounts.${which === "primary" ? "" : "secondary_"}auth_token ${accountId}`;
}

function toAccount(row: AccountRow, sealer: Sealer): Account {
  const secondary = row.secondary_auth_token_sealed;
  return {
    sid: sidOf("AC", row.id),
    id: row.id,
    parentSid: row.parent_id === null ? null : sidOf("AC", row.parent_id),
    friendlyName: row.friendly_name,
    status: row.status,
    type: row.type,
    environmentId: row.environment_id,
    tenantId: row.tenant_id,
    resourceOwner: row.resource_owner,
    authToken: sealer.open(row.auth_token_sealed, tokenContext(row.id, "primary")),
    secondaryAuthToken: secondary === null ? null : sealer.open(secondary, tokenContext(row.id, "secondary")),
    requiresSignedRequests: row.requires_signed_requests,
    fallbackChain: row.fallback_chain,
    settings: row.settings,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

const byKey = {
  sid: { name: "account_by_id", text: "select * from accounts where id = $1" },
  environmentId: { name: "account_by_environment", text: "select * from accounts where environment_id = $1" },
  tenantId: { name: "account_by_tenant", text: "select * from accounts where tenant_id = $1" },
  resourceOwner: { name: "account_by_owner", text: "select * from accounts where resource_owner = $1" },
} as const;

/** The account with its tokens opened; null if there is none. */
export async function findAccount(db: Queryable, sealer: Sealer, sid: AccountSid): Promise<Account | null> {
  return await findAccountBy(db, sealer, "sid", uuidOf(sid));
}

/** In the order of their making. */
export async function findAccounts(db: Queryable, sealer: Sealer, sids: readonly AccountSid[]): Promise<Account[]> {
  const text = "select * from accounts where id = any($1::uuid[]) order by created_at, id";
  const rows = await db.query<AccountRow>({ name: "accounts_by_ids", text }, [sids.map(uuidOf)]);
  return rows.map((row) => toAccount(row, sealer));
}

/** The account under one of its ids. `value` must have the form of that id (a UUID, except for resourceOwner). */
export async function findAccountBy(
  db: Queryable,
  sealer: Sealer,
  key: keyof typeof byKey,
  value: string,
): Promise<Account | null> {
  const [row] = await db.query<AccountRow>(byKey[key], [value]);
  return row ? toAccount(row, sealer) : null;
}

/** The main account that was made first; null in an empty database. */
export async function findFirstAccount(db: Queryable, sealer: Sealer): Promise<Account | null> {
  const [row] = await db.query<AccountRow>(
    "select * from accounts where parent_id is null order by created_at, id limit 1",
  );
  return row ? toAccount(row, sealer) : null;
}

const FIRST_ACTIVE = {
  name: "account_first_active",
  text: `select id, status from accounts where parent_id is null
    order by (status = 'active') desc, created_at, id limit 1`,
};

/** The main account that was made first and is active, or else the first; null in an empty database. */
export async function findFirstActiveAccount(db: Queryable): Promise<AccountContext | null> {
  const [row] = await db.query<Pick<AccountRow, "id" | "status">>(FIRST_ACTIVE);
  return row ? { accountSid: sidOf("AC", row.id), accountStatus: row.status } : null;
}

/** Up to `limit` accounts of the installation, each main account with its subaccounts behind it, oldest first. */
export async function listEveryAccount(db: Queryable, sealer: Sealer, limit: number): Promise<Account[]> {
  const rows = await db.query<AccountRow>(
    `select a.* from accounts a left join accounts p on p.id = a.parent_id
     order by coalesce(p.created_at, a.created_at), coalesce(p.id, a.id), a.parent_id is not null, a.created_at, a.id
     limit $1`,
    [limit],
  );
  return rows.map((row) => toAccount(row, sealer));
}

/** The account that the bootstrap file made under this name (a later rename does not hide it). */
export async function findBootstrappedAccount(db: Queryable, sealer: Sealer, name: string): Promise<Account | null> {
  const [row] = await db.query<AccountRow>(
    "select * from accounts where settings->>'bootstrapName' = $1 order by created_at, id limit 1",
    [name],
  );
  return row ? toAccount(row, sealer) : null;
}

/** Lets one process at a time make first accounts and bootstrap; held until the end of the transaction. */
export async function lockBootstrap(tx: Queryable): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('trunkline bootstrap', 0))");
}

const SUBACCOUNT = {
  name: "subaccount_status",
  text: "select status from accounts where id = $1 and parent_id = $2",
};

/** A direct subaccount of `parentSid`; null if it is none. */
export async function findSubaccount(
  db: Queryable,
  parentSid: AccountSid,
  sid: AccountSid,
): Promise<AccountContext | null> {
  const [row] = await db.query<Pick<AccountRow, "status">>(SUBACCOUNT, [uuidOf(sid), uuidOf(parentSid)]);
  return row ? { accountSid: sid, accountStatus: row.status } : null;
}

export interface NewAccount {
  readonly sid: AccountSid;
  readonly parentSid?: AccountSid;
  readonly friendlyName: string;
  readonly environmentId: Uuid;
  readonly tenantId: Uuid;
  readonly resourceOwner: string;
  readonly authToken: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Rejects with PostgreSQL's unique violation if one of the four ids is taken. */
export async function insertAccount(db: Queryable, sealer: Sealer, account: NewAccount): Promise<void> {
  const id = uuidOf(account.sid);
  await db.query(
    `insert into accounts (id, parent_id, friendly_name, environment_id, tenant_id, resource_owner,
       auth_token_sealed, settings, auth_token_hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      id,
      account.parentSid === undefined ? null : uuidOf(account.parentSid),
      account.friendlyName,
      account.environmentId,
      account.tenantId,
      account.resourceOwner,
      sealer.seal(account.authToken, tokenContext(id, "primary")),
      JSON.stringify(account.settings ?? {}),
      hashSecret(account.authToken),
    ],
  );
}

/** Replaces both tokens; `secondary` null takes it away. */
export async function setAuthTokens(
  db: Queryable,
  sealer: Sealer,
  sid: AccountSid,
  tokens: { readonly primary: string; readonly secondary: string | null },
): Promise<void> {
  const id = uuidOf(sid);
  await db.query(
    `update accounts set auth_token_sealed = $2, secondary_auth_token_sealed = $3, auth_token_hash = $4,
       secondary_auth_token_hash = $5, updated_at = now() where id = $1`,
    [
      id,
      sealer.seal(tokens.primary, tokenContext(id, "primary")),
      tokens.secondary === null ? null : sealer.seal(tokens.secondary, tokenContext(id, "secondary")),
      hashSecret(tokens.primary),
      tokens.secondary === null ? null : hashSecret(tokens.secondary),
    ],
  );
}

export async function setAccountStatus(db: Queryable, sid: AccountSid, status: Account["status"]): Promise<void> {
  await db.query("update accounts set status = $2, updated_at = now() where id = $1", [uuidOf(sid), status]);
}

/** Resolves to what it was; null: there is no such account. */
export async function setRequiresSignedRequests(
  tx: Queryable,
  sid: AccountSid,
  requiresSignedRequests: boolean,
): Promise<boolean | null> {
  const [row] = await tx.query<{ before: boolean }>(
    `with held as (select id, requires_signed_requests as before from accounts where id = $1 for no key update)
     update accounts a set requires_signed_requests = $2, updated_at = now() from held where a.id = held.id
     returning held.before`,
    [uuidOf(sid), requiresSignedRequests],
  );
  return row?.before ?? null;
}

/** The ids must be providers of the account; the caller checks. */
export async function setFallbackChain(db: Queryable, sid: AccountSid, providers: readonly Uuid[]): Promise<void> {
  await db.query("update accounts set fallback_chain = $2::uuid[], updated_at = now() where id = $1", [
    uuidOf(sid),
    providers,
  ]);
}

const STATUS = { name: "account_status", text: "select status from accounts where id = $1" };

/** Null: there is no such account. */
export async function findAccountStatus(db: Queryable, sid: AccountSid): Promise<Account["status"] | null> {
  const [row] = await db.query<{ status: Account["status"] }>(STATUS, [uuidOf(sid)]);
  return row?.status ?? null;
}

/** Of accounts that exist. */
export async function findAccountStatuses(
  db: Queryable,
  sids: readonly AccountSid[],
): Promise<ReadonlyMap<AccountSid, Account["status"]>> {
  const text = "select id, status from accounts where id = any($1::uuid[])";
  const rows = await db.query<{ id: Uuid; status: Account["status"] }>({ name: "account_statuses", text }, [
    sids.map(uuidOf),
  ]);
  return new Map(rows.map(({ id, status }) => [sidOf<AccountSid>("AC", id), status]));
}

/** The direct subaccounts of an account, oldest first. */
export async function listSubaccounts(db: Queryable, sealer: Sealer, parentSid: AccountSid): Promise<Account[]> {
  const rows = await db.query<AccountRow & Record<string, unknown>>(
    "select * from accounts where parent_id = $1 order by created_at, id",
    [uuidOf(parentSid)],
  );
  return rows.map((row) => toAccount(row, sealer));
}

/** The fallback chain as it stands; nobody else changes it before the transaction ends. Empty: also for no account. */
export async function lockFallbackChain(tx: Queryable, sid: AccountSid): Promise<readonly Uuid[]> {
  const [row] = await tx.query<{ fallback_chain: Uuid[] }>(
    "select fallback_chain from accounts where id = $1 for no key update",
    [uuidOf(sid)],
  );
  return row?.fallback_chain ?? [];
}

/** Nobody else changes the account, or counts what it has, before the transaction ends. */
export async function lockAccountRow(tx: Queryable, sid: AccountSid): Promise<void> {
  await tx.query("select from accounts where id = $1 for no key update", [uuidOf(sid)]);
}

/** The account, which nobody else changes before the transaction ends. */
export async function lockAccount(tx: Queryable, sealer: Sealer, sid: AccountSid): Promise<Account | null> {
  const [row] = await tx.query<AccountRow>("select * from accounts where id = $1 for no key update", [uuidOf(sid)]);
  return row === undefined ? null : toAccount(row, sealer);
}

export interface AccountFilter {
  readonly friendlyName?: string;
  readonly status?: Account["status"];
}

/** An account and, unless `alone`, its direct subaccounts. */
export function listAccountFamily(
  db: Queryable,
  sealer: Sealer,
  { sid, alone, filter }: { readonly sid: AccountSid; readonly alone: boolean; readonly filter: AccountFilter },
  page: PageQuery,
): Promise<Page<Account>> {
  const select = `select * from accounts where (id = $1 or (not $2::boolean and parent_id = $1))
    and ($3::text is null or friendly_name = $3) and ($4::text is null or status = $4)`;
  const values = [uuidOf(sid), alone, filter.friendlyName ?? null, filter.status ?? null];
  return listPage<AccountRow, Account>(db, { select, values }, page, (row) => toAccount(row, sealer));
}

/** How many direct subaccounts it has that are not closed. */
export async function countSubaccounts(db: Queryable, parentSid: AccountSid): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    "select count(*)::integer as count from accounts where parent_id = $1 and status <> 'closed'",
    [uuidOf(parentSid)],
  );
  return row?.count ?? 0;
}

/** Null: a main account, or none. */
export async function findParentSid(db: Queryable, sid: AccountSid): Promise<AccountSid | null> {
  const text = "select parent_id from accounts where id = $1";
  const [row] = await db.query<{ parent_id: Uuid | null }>({ name: "account_parent", text }, [uuidOf(sid)]);
  return row?.parent_id ? sidOf("AC", row.parent_id) : null;
}

/** Needs the lock. */
export async function updateAccount(
  tx: Queryable,
  sid: AccountSid,
  { friendlyName, status }: Pick<Account, "friendlyName" | "status">,
): Promise<void> {
  await tx.query("update accounts set friendly_name = $2, status = $3, updated_at = now() where id = $1", [
    uuidOf(sid),
    friendlyName,
    status,
  ]);
}

const OWNER_OF = { name: "account_resource_owner", text: "select resource_owner from accounts where id = $1" };

/** ZITADEL's id of an account; null: there is no such account. */
export async function findResourceOwner(db: Queryable, sid: AccountSid): Promise<string | null> {
  const [row] = await db.query<{ resource_owner: string }>(OWNER_OF, [uuidOf(sid)]);
  return row?.resource_owner ?? null;
}

const OF_OWNER = { name: "account_of_resource_owner", text: "select id from accounts where resource_owner = $1" };

/** The account of ZITADEL's id; null: there is none. */
export async function findAccountByOwner(db: Queryable, resourceOwner: string): Promise<AccountSid | null> {
  const [row] = await db.query<{ id: Uuid }>(OF_OWNER, [resourceOwner]);
  return row === undefined ? null : sidOf("AC", row.id);
}
