// PingOne's notification settings beside the fallback chain: one document for each account that has changed them.

import { type AccountSid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

export interface StoredNotificationSettings {
  readonly document: Readonly<Record<string, unknown>>;
  readonly updatedAt: Date;
}

/** `updatedAt` is that of the account where it is later: the chain is the account's. */
export async function findNotificationSettings(
  db: Queryable,
  accountSid: AccountSid,
): Promise<StoredNotificationSettings | null> {
  const [row] = await db.query<{ document: Record<string, unknown> | null; updated_at: Date }>(
    `select s.document, greatest(s.updated_at, a.updated_at) as updated_at
     from accounts a left join notification_settings s on s.account_id = a.id where a.id = $1`,
    [uuidOf(accountSid)],
  );
  return row === undefined ? null : { document: row.document ?? {}, updatedAt: row.updated_at };
}

/** The document, which nobody else changes before the transaction ends. */
export async function lockNotificationSettings(
  tx: Queryable,
  accountSid: AccountSid,
): Promise<Readonly<Record<string, unknown>>> {
  const id = uuidOf(accountSid);
  await tx.query("insert into notification_settings (account_id, document) values ($1, '{}') on conflict do nothing", [
    id,
  ]);
  const [row] = await tx.query<{ document: Record<string, unknown> }>(
    "select document from notification_settings where account_id = $1 for no key update",
    [id],
  );
  return row?.document ?? {};
}

/** Must run in the transaction that holds the lock. */
export async function storeNotificationSettings(
  tx: Queryable,
  accountSid: AccountSid,
  document: Readonly<Record<string, unknown>>,
): Promise<void> {
  await tx.query("update notification_settings set document = $2, updated_at = now() where account_id = $1", [
    uuidOf(accountSid),
    JSON.stringify(document),
  ]);
}
