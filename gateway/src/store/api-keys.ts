// API keys as their owner sees them: listed, found, renamed, deleted. Every statement names the account. Their secrets are
// hashes (credentials.ts) and are never read here.

import type { KeyPolicy } from "../core/access/policy.ts";
import type { AccountStatus } from "../core/accounts/account.ts";
import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";
import { listPage, type Page, type PageQuery } from "./keyset-page.ts";

export interface ApiKey {
  readonly accountSid: AccountSid;
  readonly sid: string;
  readonly friendlyName: string | null;
  /** Null: a standard key. */
  readonly policy: KeyPolicy | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** To about a minute; null: not yet. */
  readonly lastUsedAt: Date | null;
}

interface KeyRow {
  account_id: Uuid;
  id: Uuid;
  friendly_name: string | null;
  policy: KeyPolicy | null;
  created_at: Date;
  updated_at: Date;
  last_used_at: Date | null;
}

const columns = "account_id, id, friendly_name, policy, created_at, updated_at, last_used_at";

function toKey(row: KeyRow): ApiKey {
  return {
    accountSid: sidOf("AC", row.account_id),
    sid: sidOf("SK", row.id),
    friendlyName: row.friendly_name,
    policy: row.policy,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastUsedAt: row.last_used_at,
  };
}

export function listApiKeys(db: Queryable, accountSid: AccountSid, page: PageQuery): Promise<Page<ApiKey>> {
  const select = `select ${columns} from api_keys where account_id = $1`;
  return listPage<KeyRow, ApiKey>(db, { select, values: [uuidOf(accountSid)] }, page, toKey);
}

export async function findApiKeyBySid(db: Queryable, accountSid: AccountSid, sid: string): Promise<ApiKey | null> {
  const text = `select ${columns} from api_keys where account_id = $1 and id = $2`;
  const [row] = await db.query<KeyRow>(text, [uuidOf(accountSid), uuidOf(sid)]);
  return row === undefined ? null : toKey(row);
}

/** The account of a key, if that is `accountSid` or one of its direct subaccounts; null otherwise. */
export async function findApiKeyOwner(
  db: Queryable,
  accountSid: AccountSid,
  sid: string,
): Promise<{ readonly accountSid: AccountSid; readonly accountStatus: AccountStatus } | null> {
  const [row] = await db.query<{ id: Uuid; status: AccountStatus }>(
    `select a.id, a.status from api_keys k join accounts a on a.id = k.account_id
     where k.id = $2 and (a.id = $1 or a.parent_id = $1)`,
    [uuidOf(accountSid), uuidOf(sid)],
  );
  return row === undefined ? null : { accountSid: sidOf("AC", row.id), accountStatus: row.status };
}

/** The key, which nobody else changes or deletes before the transaction ends. */
export async function lockApiKey(tx: Queryable, accountSid: AccountSid, sid: string): Promise<ApiKey | null> {
  const text = `select ${columns} from api_keys where account_id = $1 and id = $2 for update`;
  const [row] = await tx.query<KeyRow>(text, [uuidOf(accountSid), uuidOf(sid)]);
  return row === undefined ? null : toKey(row);
}

export async function countApiKeys(db: Queryable, accountSid: AccountSid): Promise<number> {
  const text = "select count(*)::integer as count from api_keys where account_id = $1";
  const [row] = await db.query<{ count: number }>(text, [uuidOf(accountSid)]);
  return row?.count ?? 0;
}

/** Resolves to the key as it is then. Needs the lock. */
export async function updateApiKey(
  tx: Queryable,
  key: Omit<ApiKey, "createdAt" | "updatedAt" | "lastUsedAt">,
): Promise<ApiKey | null> {
  const [row] = await tx.query<KeyRow>(
    `update api_keys set friendly_name = $3, policy = $4, updated_at = now()
     where account_id = $1 and id = $2 returning ${columns}`,
    [uuidOf(key.accountSid), uuidOf(key.sid), key.friendlyName, key.policy && JSON.stringify(key.policy)],
  );
  return row === undefined ? null : toKey(row);
}

/** Needs the lock. */
export async function deleteApiKey(tx: Queryable, accountSid: AccountSid, sid: string): Promise<void> {
  await tx.query("delete from api_keys where account_id = $1 and id = $2", [uuidOf(accountSid), uuidOf(sid)]);
}
