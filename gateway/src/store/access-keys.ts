// The gateway's own access keys as their owner sees them: listed, changed, deleted. Keys are hashes (credentials.ts) and are
// never read here.

import type { Role } from "../core/access/principal.ts";
import { type AccountSid, type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

export interface AccessKey {
  readonly id: Uuid;
  readonly name: string;
  readonly role: Role;
  /** The last four characters; null: the key is too short to show any of it. */
  readonly hint: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Null: never. */
  readonly expiresAt: Date | null;
  /** To about a minute; null: not yet. */
  readonly lastUsedAt: Date | null;
}

interface KeyRow {
  id: Uuid;
  name: string;
  role: Role;
  hint: string | null;
  created_at: Date;
  updated_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
}

const columns = "id, name, role, hint, created_at, updated_at, expires_at, last_used_at";

function toKey(row: KeyRow): AccessKey {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    hint: row.hint,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}

/** Oldest first, those that have expired too; the services keep them few. */
export async function listAccessKeys(db: Queryable, accountSid: AccountSid): Promise<AccessKey[]> {
  const text = `select ${columns} from access_keys where account_id = $1 order by created_at, id`;
  return (await db.query<KeyRow>(text, [uuidOf(accountSid)])).map(toKey);
}

/** The key, which nobody else changes or deletes before the transaction ends. */
export async function lockAccessKey(tx: Queryable, accountSid: AccountSid, id: Uuid): Promise<AccessKey | null> {
  const text = `select ${columns} from access_keys where account_id = $1 and id = $2 for update`;
  const [row] = await tx.query<KeyRow>(text, [uuidOf(accountSid), id]);
  return row === undefined ? null : toKey(row);
}

export async function countAccessKeys(db: Queryable, accountSid: AccountSid): Promise<number> {
  const text = "select count(*)::integer as count from access_keys where account_id = $1";
  const [row] = await db.query<{ count: number }>(text, [uuidOf(accountSid)]);
  return row?.count ?? 0;
}

/** Needs the lock. */
export async function updateAccessKey(
  tx: Queryable,
  accountSid: AccountSid,
  { id, name, role, expiresAt }: Pick<AccessKey, "id" | "name" | "role" | "expiresAt">,
): Promise<void> {
  await tx.query(
    `update access_keys set name = $3, role = $4, expires_at = $5, updated_at = now()
     where account_id = $1 and id = $2`,
    [uuidOf(accountSid), id, name, role, expiresAt],
  );
}

/** Needs the lock. */
export async function deleteAccessKey(tx: Queryable, accountSid: AccountSid, id: Uuid): Promise<void> {
  await tx.query("delete from access_keys where account_id = $1 and id = $2", [uuidOf(accountSid), id]);
}
