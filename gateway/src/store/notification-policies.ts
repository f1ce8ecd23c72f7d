// Notification policies of an account. At most one is the default; it is the one in force.

import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { NotificationPolicy, PolicyRules } from "../core/notification-policies/policy.ts";
import { plainArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";

interface PolicyRow {
  readonly account_id: Uuid;
  readonly id: Uuid;
  readonly name: string;
  readonly is_default: boolean;
  readonly document: PolicyRules;
  readonly created_at: Date;
  readonly updated_at: Date;
}

function toPolicy(row: PolicyRow): NotificationPolicy {
  return {
    ...row.document,
    ...{ id: row.id, name: row.name, isDefault: row.is_default },
    ...{ createdAt: row.created_at, updatedAt: row.updated_at },
  };
}

const defaultsStatement: Statement = {
  name: "default_notification_policies",
  text: "select * from notification_policies where is_default and account_id = any($1::uuid[])",
};

/** The policies that are in force, by account; most accounts have none. */
export async function loadDefaultPolicies(
  db: Queryable,
  accounts: readonly AccountSid[],
): Promise<ReadonlyMap<AccountSid, NotificationPolicy>> {
  if (accounts.length === 0) return new Map();
  const rows = await db.query<PolicyRow & Record<string, unknown>>(defaultsStatement, [
    plainArray(accounts.map(hexOf)),
  ]);
  return new Map(rows.map((row) => [sidOf<AccountSid>("AC", row.account_id), toPolicy(row)] as const));
}

/** Oldest first. */
export async function listPolicies(db: Queryable, accountSid: AccountSid): Promise<NotificationPolicy[]> {
  const rows = await db.query<PolicyRow & Record<string, unknown>>(
    "select * from notification_policies where account_id = $1 order by created_at, id",
    [uuidOf(accountSid)],
  );
  return rows.map(toPolicy);
}

export interface PolicyDraft {
  readonly id: Uuid;
  readonly name: string;
  readonly isDefault: boolean;
  readonly rules: PolicyRules;
}

/** The caller holds the account's lock and has looked at the names. */
export async function insertPolicy(tx: Queryable, accountSid: AccountSid, policy: PolicyDraft): Promise<void> {
  await tx.query(
    "insert into notification_policies (account_id, id, name, is_default, document) values ($1, $2, $3, $4, $5)",
    valuesOf(accountSid, policy),
  );
}

/** Likewise. */
export async function updatePolicy(tx: Queryable, accountSid: AccountSid, policy: PolicyDraft): Promise<void> {
  await tx.query(
    `update notification_policies set name = $3, is_default = $4, document = $5, updated_at = now()
     where account_id = $1 and id = $2`,
    valuesOf(accountSid, policy),
  );
}

function valuesOf(accountSid: AccountSid, { id, name, isDefault, rules }: PolicyDraft): unknown[] {
  return [uuidOf(accountSid), id, name, isDefault, JSON.stringify(rules)];
}

/** No policy but `id` is the default any more. */
export async function unsetDefaultPolicy(tx: Queryable, accountSid: AccountSid, id: Uuid): Promise<void> {
  await tx.query(
    "update notification_policies set is_default = false, updated_at = now() where account_id = $1 and id <> $2 and is_default",
    [uuidOf(accountSid), id],
  );
}

export async function deletePolicy(tx: Queryable, accountSid: AccountSid, id: Uuid): Promise<void> {
  await tx.query("delete from notification_policies where account_id = $1 and id = $2", [uuidOf(accountSid), id]);
}
