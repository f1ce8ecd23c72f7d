// The gateway's own credentials: API keys, access keys, OAuth clients. Secrets are stored as hashes
// only; what authentication needs comes back in one query.

import type { KeyPolicy } from "../core/access/policy.ts";
import type { Role } from "../core/access/principal.ts";
import type { AccountStatus } from "../core/accounts/account.ts";
import { hashSecret, hintOf } from "../core/credentials/secrets.ts";
import type { AccountSid, Uuid } from "../core/ids.ts";
import { sidOf, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

const TOKENS = {
  name: "credentials_auth_tokens",
  text: `select status, auth_token_sealed, secondary_auth_token_sealed, requires_signed_requests
    from accounts where id = $1`,
};

export interface SealedTokens {
  readonly status: AccountStatus;
  readonly auth_token_sealed: Buffer;
  readonly secondary_auth_token_sealed: Buffer | null;
  readonly requires_signed_requests: boolean;
}

export async function findSealedTokens(db: Queryable, accountId: Uuid): Promise<SealedTokens | null> {
  const [row] = await db.query<{
    status: AccountStatus;
    auth_token_sealed: Buffer;
    secondary_auth_token_sealed: Buffer | null;
    requires_signed_requests: boolean;
  }>(TOKENS, [accountId]);
  return row ?? null;
}

const BY_TOKEN = {
  name: "credentials_account_by_token",
  text: `select id as account_id, status, requires_signed_requests from accounts
    where auth_token_hash = $1 or secondary_auth_token_hash = $1 limit 2`,
};

/** The account whose auth token this is; null: none's, or more than one account's. */
export async function findAccountByToken(db: Queryable, token: string): Promise<CredentialAccount | null> {
  const [row, second] = await db.query<CredentialAccountRow>(BY_TOKEN, [hashSecret(token)]);
  return row === undefined || second !== undefined ? null : accountIn(row);
}

const API_KEY = {
  name: "credentials_api_key",
  text: `select k.account_id, k.secret_hash, k.policy, a.status, a.requires_signed_requests
    from api_keys k join accounts a on a.id = k.account_id where k.id = $1`,
};

/** What a credential's account says of whoever shows it. */
export interface CredentialAccount {
  readonly accountSid: AccountSid;
  readonly accountStatus: AccountStatus;
  readonly requiresSignedRequests: boolean;
}

interface CredentialAccountRow {
  account_id: Uuid;
  status: AccountStatus;
  requires_signed_requests: boolean;
}

function accountIn(row: CredentialAccountRow): CredentialAccount {
  return {
    accountSid: sidOf("AC", row.account_id),
    accountStatus: row.status,
    requiresSignedRequests: row.requires_signed_requests,
  };
}

export interface StoredApiKey extends CredentialAccount {
  readonly secretHash: Buffer;
  /** Null: a standard key. */
  readonly policy: KeyPolicy | null;
}

/** By the UUID of its `SK…`. */
export async function findApiKey(db: Queryable, id: Uuid): Promise<StoredApiKey | null> {
  const [row] = await db.query<CredentialAccountRow & { secret_hash: Buffer; policy: KeyPolicy | null }>(API_KEY, [id]);
  return row ? { ...accountIn(row), secretHash: row.secret_hash, policy: row.policy } : null;
}

const ACCESS_KEY = {
  name: "credentials_access_key",
  text: `select k.account_id, k.id, k.role, a.status, a.requires_signed_requests
    from access_keys k join accounts a on a.id = k.account_id
    where k.key_hash = $1 and (k.expires_at is null or k.expires_at > $2)`,
};

export interface StoredAccessKey extends CredentialAccount {
  readonly id: Uuid;
  readonly role: Role;
}

/**
 * Found by the key's hash, so that the time of the lookup tells nothing of the key. Null: unknown, or it has expired.
 */
export async function findAccessKey(db: Queryable, key: string, now: Date): Promise<StoredAccessKey | null> {
  const [row] = await db.query<CredentialAccountRow & { id: Uuid; role: Role }>(ACCESS_KEY, [hashSecret(key), now]);
  return row ? { ...accountIn(row), id: row.id, role: row.role } : null;
}

const CLIENT = {
  name: "credentials_client",
  text: `select c.account_id, c.id, c.role, c.secret_hash, c.secret_changed_at, a.status, a.requires_signed_requests from oauth_clients c
    join accounts a on a.id = c.account_id where c.client_id = $1`,
};

export interface StoredClient extends StoredAccessKey {
  /** Null: a public client, which has no secret. */
  readonly secretHash: Buffer | null;
  /** Null: it has had its secret from the beginning. */
  readonly secretChangedAt: Date | null;
}

interface ClientRow extends CredentialAccountRow {
  id: Uuid;
  role: Role;
  secret_hash: Buffer | null;
  secret_changed_at: Date | null;
}

export async function findClient(db: Queryable, clientId: string): Promise<StoredClient | null> {
  const [row] = await db.query<ClientRow & Record<string, unknown>>(CLIENT, [clientId]);
  if (row === undefined) return null;
  const { id, role, secret_hash: secretHash, secret_changed_at: secretChangedAt } = row;
  return { ...accountIn(row), id, role, secretHash, secretChangedAt };
}

/** What an insert of a credential found: made; there already, for this account; or taken by another account. */
export type InsertResult = "made" | "exists" | "taken";

async function insertUnique(
  db: Queryable,
  accountSid: AccountSid,
  insert: { readonly text: string; readonly values: readonly unknown[] },
  owner: { readonly text: string; readonly value: unknown },
): Promise<InsertResult> {
  const made = await db.query(insert.text, [uuidOf(accountSid), ...insert.values]);
  if (made.length > 0) return "made";
  const [row] = await db.query<{ account_id: Uuid }>(owner.text, [owner.value]);
  return row?.account_id === uuidOf(accountSid) ? "exists" : "taken";
}

export async function insertApiKey(
  db: Queryable,
  accountSid: AccountSid,
  key: {
    readonly sid: string;
    readonly secret: string;
    readonly friendlyName: string | null;
    /** Absent or null: a standard key. */
    readonly policy?: KeyPolicy | null;
  },
): Promise<InsertResult> {
  const id = uuidOf(key.sid);
  return await insertUnique(
    db,
    accountSid,
    {
      text: `insert into api_keys (account_id, id, secret_hash, friendly_name, policy) values ($1, $2, $3, $4, $5)
        on conflict do nothing returning id`,
      values: [id, hashSecret(key.secret), key.friendlyName, key.policy ? JSON.stringify(key.policy) : null],
    },
    { text: "select account_id from api_keys where id = $1", value: id },
  );
}

export async function insertAccessKey(
  db: Queryable,
  accountSid: AccountSid,
  key: {
    readonly id: Uuid;
    readonly key: string;
    readonly name: string;
    readonly role: Role;
    /** Absent or null: never. */
    readonly expiresAt?: Date | null;
  },
): Promise<InsertResult> {
  const hash = hashSecret(key.key);
  return await insertUnique(
    db,
    accountSid,
    {
      text: `insert into access_keys (account_id, id, key_hash, name, role, hint, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning id`,
      values: [key.id, hash, key.name, key.role, hintOf(key.key), key.expiresAt ?? null],
    },
    { text: "select account_id from access_keys where key_hash = $1", value: hash },
  );
}

export async function insertClient(
  db: Queryable,
  accountSid: AccountSid,
  client: {
    readonly id: Uuid;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly name: string;
    readonly role: Role;
  },
): Promise<InsertResult> {
  return await insertUnique(
    db,
    accountSid,
    {
      text: `insert into oauth_clients (account_id, id, client_id, secret_hash, name, role)
        values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning id`,
      values: [client.id, client.clientId, hashSecret(client.clientSecret), client.name, client.role],
    },
    { text: "select account_id from oauth_clients where client_id = $1", value: client.clientId },
  );
}
