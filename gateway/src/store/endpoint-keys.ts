// Keys with permissions by endpoint and method. Compared by hash; those that may be shown again are sealed as well.

import assert from "node:assert";
import type { AccountStatus } from "../core/accounts/account.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import { hashSecret } from "../core/credentials/secrets.ts";
import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

export interface EndpointKey {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  /** Null: it was shown once. */
  readonly key: string | null;
  readonly name: string | null;
  readonly keyManager: boolean;
  readonly tenantScoped: boolean;
  /** Null: never. */
  readonly expiresAt: Date | null;
  /** Methods by endpoint; empty: everything is allowed. */
  readonly endpoints: Readonly<Record<string, readonly string[]>>;
  /** JSON text of what is kept and given back as it was. */
  readonly kept: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** To about a minute; null: not yet. */
  readonly lastUsedAt: Date | null;
}

interface KeyRow {
  account_id: Uuid;
  id: Uuid;
  key_sealed: Buffer | null;
  name: string | null;
  key_manager: boolean;
  tenant_scoped: boolean;
  expires_at: Date | null;
  endpoints: Record<string, string[]>;
  kept: string;
  created_at: Date;
  updated_at: Date;
  last_used_at: Date | null;
}

/** What this key is sealed for. */
export function endpointKeyContext(accountId: Uuid, id: Uuid): string {
  return `endpoint_keys.key ${accountId} ${id}`;
}

function toKey(row: KeyRow, sealer: Sealer): EndpointKey {
  const context = endpointKeyContext(row.account_id, row.id);
  return {
    accountSid: sidOf("AC", row.account_id),
    id: row.id,
    key: row.key_sealed === null ? null : sealer.open(row.key_sealed, context),
    name: row.name,
    keyManager: row.key_manager,
    tenantScoped: row.tenant_scoped,
    expiresAt: row.expires_at,
    endpoints: row.endpoints,
    kept: row.kept,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastUsedAt: row.last_used_at,
  };
}

/** What a call needs to know of the key that it shows. */
export type ShownKey = Pick<EndpointKey, "accountSid" | "id" | "keyManager" | "tenantScoped" | "endpoints"> & {
  readonly accountStatus: AccountStatus;
};

const SHOWN = {
  name: "endpoint_key_shown",
  text: `select k.account_id, k.id, k.key_manager, k.tenant_scoped, k.endpoints, a.status
    from endpoint_keys k join accounts a on a.id = k.account_id
    where k.key_hash = $1 and (k.expires_at is null or k.expires_at > $2)`,
};

/** Found by the key's hash, so that the time of the lookup tells nothing of the key. Null: unknown, or it has expired. */
export async function findShownKey(db: Queryable, key: string, now: Date): Promise<ShownKey | null> {
  const [row] = await db.query<KeyRow & { status: AccountStatus }>(SHOWN, [hashSecret(key), now]);
  if (row === undefined) return null;
  const { account_id, id, key_manager: keyManager, tenant_scoped: tenantScoped, endpoints, status } = row;
  return { accountSid: sidOf("AC", account_id), id, keyManager, tenantScoped, endpoints, accountStatus: status };
}

/** With a lock on the row if `forChange`. */
export async function findEndpointKey(
  db: Queryable,
  sealer: Sealer,
  { accountSid, id }: Pick<EndpointKey, "accountSid" | "id">,
  forChange = false,
): Promise<EndpointKey | null> {
  const lock = forChange ? " for no key update" : "";
  const text = `select * from endpoint_keys where account_id = $1 and id = $2${lock}`;
  const [row] = await db.query<KeyRow>(text, [uuidOf(accountSid), id]);
  return row === undefined ? null : toKey(row, sealer);
}

/** The id of another key of the account with this name, or null. */
export async function findKeyNamed(db: Queryable, accountSid: AccountSid, name: string): Promise<Uuid | null> {
  const text = "select id from endpoint_keys where account_id = $1 and name = $2";
  const [row] = await db.query<{ id: Uuid }>(text, [uuidOf(accountSid), name]);
  return row?.id ?? null;
}

/** Is this the text of a key of any sort, in any account? */
export async function isKeyTaken(db: Queryable, key: string): Promise<boolean> {
  const [row] = await db.query(
    `select where exists (select from endpoint_keys where key_hash = $1)
       or exists (select from access_keys where key_hash = $1)`,
    [hashSecret(key)],
  );
  return row !== undefined;
}

export async function countEndpointKeys(db: Queryable, accountSid: AccountSid): Promise<number> {
  const text = "select count(*)::integer as count from endpoint_keys where account_id = $1";
  const [row] = await db.query<{ count: number }>(text, [uuidOf(accountSid)]);
  return row?.count ?? 0;
}

export async function isKeyIdTaken(db: Queryable, id: Uuid): Promise<boolean> {
  return (await db.query("select from endpoint_keys where id = $1", [id])).length > 0;
}

export type NewEndpointKey = Omit<EndpointKey, "createdAt" | "updatedAt" | "lastUsedAt" | "key"> & {
  readonly key: string;
  /** May it be shown again? */
  readonly retrievable: boolean;
};

/** Rejects with a unique violation when the id, the key or the name is taken. */
export async function insertEndpointKey(tx: Queryable, sealer: Sealer, key: NewEndpointKey): Promise<EndpointKey> {
  const accountId = uuidOf(key.accountSid);
  const [row] = await tx.query<KeyRow>(
    `insert into endpoint_keys
       (account_id, id, key_hash, key_sealed, name, key_manager, tenant_scoped, expires_at, endpoints, kept)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning *`,
    [
      accountId,
      key.id,
      hashSecret(key.key),
      key.retrievable ? sealer.seal(key.key, endpointKeyContext(accountId, key.id)) : null,
      key.name,
      key.keyManager,
      key.tenantScoped,
      key.expiresAt,
      JSON.stringify(key.endpoints),
      key.kept,
    ],
  );
  assert(row !== undefined, "an insert returns its row");
  return toKey(row, sealer);
}

export type EndpointKeyChange = Pick<EndpointKey, "name" | "expiresAt" | "endpoints" | "kept">;

/** Null: there is no such key. Rejects with a unique violation when the name is taken. */
export async function updateEndpointKey(
  tx: Queryable,
  sealer: Sealer,
  { accountSid, id }: Pick<EndpointKey, "accountSid" | "id">,
  { name, expiresAt, endpoints, kept }: EndpointKeyChange,
): Promise<EndpointKey | null> {
  const [row] = await tx.query<KeyRow>(
    `update endpoint_keys set name = $3, expires_at = $4, endpoints = $5, kept = $6, updated_at = now()
     where account_id = $1 and id = $2 returning *`,
    [uuidOf(accountSid), id, name, expiresAt, JSON.stringify(endpoints), kept],
  );
  return row === undefined ? null : toKey(row, sealer);
}

/** False: there was none. */
export async function deleteEndpointKey(tx: Queryable, accountSid: AccountSid, id: Uuid): Promise<boolean> {
  const text = "delete from endpoint_keys where account_id = $1 and id = $2 returning id";
  return (await tx.query(text, [uuidOf(accountSid), id])).length > 0;
}
