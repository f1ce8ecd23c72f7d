// Service accounts and their public keys: programs that prove themselves by signed assertions or personal access tokens.

import type { Role } from "../core/access/principal.ts";
import type { AccountStatus } from "../core/accounts/account.ts";
import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

export interface ServiceAccount {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  /** 18 digits: issuer and subject of its assertions. */
  readonly userId: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ServiceAccountKey {
  readonly id: Uuid;
  /** 18 digits: `kid`. */
  readonly keyId: string;
  readonly expiresAt: Date | null;
  readonly createdAt: Date;
  /** When a token was last got with it, to about a minute; null: not yet. */
  readonly lastUsedAt: Date | null;
}

/** A service account with what its account says of whoever speaks for it. */
export interface KnownServiceAccount extends ServiceAccount {
  readonly accountStatus: AccountStatus;
  readonly requiresSignedRequests: boolean;
}

export interface ServiceAccountRow {
  account_id: Uuid;
  id: Uuid;
  user_id: string;
  name: string;
  role: Role;
  created_at: Date;
  updated_at: Date;
}

export interface KnownRow extends ServiceAccountRow {
  status: AccountStatus;
  requires_signed_requests: boolean;
}

const columns = "s.account_id, s.id, s.user_id, s.name, s.role, s.created_at, s.updated_at";
/** Of a service account `s` joined with its account `a`. */
export const knownColumns = `${columns}, a.status, a.requires_signed_requests`;

function toServiceAccount(row: ServiceAccountRow): ServiceAccount {
  return {
    accountSid: sidOf("AC", row.account_id),
    id: row.id,
    userId: row.user_id,
    name: row.name,
    role: row.role,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toKnown(row: KnownRow): KnownServiceAccount {
  return {
    ...toServiceAccount(row),
    accountStatus: row.status,
    requiresSignedRequests: row.requires_signed_requests,
  };
}

const BY_USER_ID = {
  name: "service_account_by_user",
  text: `select ${knownColumns} from service_accounts s join accounts a on a.id = s.account_id where s.user_id = $1`,
};

/** For the authorization server and authentication: whose assertion or token is it? */
export async function findServiceAccountByUserId(db: Queryable, userId: string): Promise<KnownServiceAccount | null> {
  const [row] = await db.query<KnownRow>(BY_USER_ID, [userId]);
  return row === undefined ? null : toKnown(row);
}

const ASSERTION_KEY = {
  name: "service_account_assertion_key",
  text: `select k.account_id, k.id, k.public_key from service_account_keys k
    join service_accounts s on s.account_id = k.account_id and s.id = k.service_account_id
    where k.key_id = $1 and s.user_id = $2 and (k.expires_at is null or k.expires_at > $3)`,
};

export interface AssertionKey {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  /** DER */
  readonly publicKey: Buffer;
}

/** The key of that name, if it is that user's and has not expired. */
export async function findAssertionKey(
  db: Queryable,
  { keyId, userId }: { readonly keyId: string; readonly userId: string },
  now: Date,
): Promise<AssertionKey | null> {
  const [row] = await db.query<{ account_id: Uuid; id: Uuid; public_key: Buffer }>(ASSERTION_KEY, [keyId, userId, now]);
  return row === undefined ? null : { accountSid: sidOf("AC", row.account_id), id: row.id, publicKey: row.public_key };
}

/** Oldest first; the services keep them few. */
export async function listServiceAccounts(db: Queryable, accountSid: AccountSid): Promise<ServiceAccount[]> {
  const text = `select ${columns} from service_accounts s where s.account_id = $1 order by s.created_at, s.id`;
  return (await db.query<ServiceAccountRow>(text, [uuidOf(accountSid)])).map(toServiceAccount);
}

export async function findServiceAccount(
  db: Queryable,
  accountSid: AccountSid,
  id: Uuid,
): Promise<ServiceAccount | null> {
  const text = `select ${columns} from service_accounts s where s.account_id = $1 and s.id = $2`;
  const [row] = await db.query<ServiceAccountRow>(text, [uuidOf(accountSid), id]);
  return row === undefined ? null : toServiceAccount(row);
}

/** The service account, which nobody else changes or deletes before the transaction ends. */
export async function lockServiceAccount(
  tx: Queryable,
  accountSid: AccountSid,
  id: Uuid,
): Promise<ServiceAccount | null> {
  const text = `select ${columns} from service_accounts s where s.account_id = $1 and s.id = $2 for update`;
  const [row] = await tx.query<ServiceAccountRow>(text, [uuidOf(accountSid), id]);
  return row === undefined ? null : toServiceAccount(row);
}

export async function countServiceAccounts(db: Queryable, accountSid: AccountSid): Promise<number> {
  const text = "select count(*)::integer as count from service_accounts where account_id = $1";
  const [row] = await db.query<{ count: number }>(text, [uuidOf(accountSid)]);
  return row?.count ?? 0;
}

export async function insertServiceAccount(
  tx: Queryable,
  account: Omit<ServiceAccount, "createdAt" | "updatedAt">,
): Promise<void> {
  await tx.query("insert into service_accounts (account_id, id, user_id, name, role) values ($1, $2, $3, $4, $5)", [
    uuidOf(account.accountSid),
    account.id,
    account.userId,
    account.name,
    account.role,
  ]);
}

/** Needs the lock. */
export async function updateServiceAccount(
  tx: Queryable,
  { accountSid, id, name, role }: Pick<ServiceAccount, "accountSid" | "id" | "name" | "role">,
): Promise<void> {
  await tx.query(
    "update service_accounts set name = $3, role = $4, updated_at = now() where account_id = $1 and id = $2",
    [uuidOf(accountSid), id, name, role],
  );
}

/** Needs the lock. Its keys and personal access tokens go with it. */
export async function deleteServiceAccount(
  tx: Queryable,
  { accountSid, id }: Pick<ServiceAccount, "accountSid" | "id">,
): Promise<void> {
  await tx.query("delete from service_accounts where account_id = $1 and id = $2", [uuidOf(accountSid), id]);
}

interface KeyRow {
  id: Uuid;
  key_id: string;
  expires_at: Date | null;
  created_at: Date;
  last_used_at: Date | null;
}

/** Oldest first. */
export async function listServiceAccountKeys(
  db: Queryable,
  { accountSid, id }: Pick<ServiceAccount, "accountSid" | "id">,
): Promise<ServiceAccountKey[]> {
  const rows = await db.query<KeyRow>(
    `select id, key_id, expires_at, created_at, last_used_at from service_account_keys
     where account_id = $1 and service_account_id = $2 order by created_at, id`,
    [uuidOf(accountSid), id],
  );
  return rows.map((row) => ({
    id: row.id,
    keyId: row.key_id,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }));
}

export async function insertServiceAccountKey(
  tx: Queryable,
  { accountSid, id }: Pick<ServiceAccount, "accountSid" | "id">,
  key: Omit<ServiceAccountKey, "createdAt" | "lastUsedAt"> & { readonly publicKey: Uint8Array },
): Promise<void> {
  await tx.query(
    `insert into service_account_keys (account_id, id, service_account_id, key_id, public_key, expires_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [uuidOf(accountSid), key.id, id, key.keyId, Buffer.from(key.publicKey), key.expiresAt],
  );
}

/** Resolves to the key that was deleted; null: there was none. */
export async function deleteServiceAccountKey(
  tx: Queryable,
  { accountSid, id }: Pick<ServiceAccount, "accountSid" | "id">,
  keyId: string,
): Promise<{ readonly expiresAt: Date | null } | null> {
  const [row] = await tx.query<{ expires_at: Date | null }>(
    `delete from service_account_keys where account_id = $1 and service_account_id = $2 and key_id = $3
     returning expires_at`,
    [uuidOf(accountSid), id, keyId],
  );
  return row === undefined ? null : { expiresAt: row.expires_at };
}
