// What the ids in the audit log are called now: the names of keys, people, clients and things, as far as they are still
// there. One statement for a whole page. Finds nothing of accounts that are not named.

import { type AccountSid, type Uuid, uuidOf } from "../core/ids.ts";
import { plainArray, textArray } from "./array-literal.ts";
import type { Queryable } from "./database.ts";

export interface NamedIds {
  /** UUIDs of credentials and things. */
  readonly ids: readonly Uuid[];
  /** Numeric ids of service accounts. */
  readonly userIds: readonly string[];
}

export type LabelKind =
  | "access-key"
  | "account"
  | "api-key"
  | "client"
  | "endpoint-key"
  | "incoming-hook"
  | "messaging-service"
  | "personal-access-token"
  | "provider"
  | "sender"
  | "service-account"
  | "service-account-user"
  | "user";

export interface AuditLabel {
  readonly kind: LabelKind;
  /** A UUID, or the numeric id of a `service-account-user`. */
  readonly id: string;
  /** May be empty. */
  readonly label: string;
}

const own = "account_id = any($1::uuid[]) and id = any($2::uuid[])";

const LABELS = {
  name: "audit_labels",
  text: `
    select 'access-key' as kind, id::text as id, name as label from access_keys where ${own}
    union all select 'account', id::text, friendly_name from accounts where id = any($1::uuid[])
    union all select 'user', id::text, coalesce(nullif(name, ''), email) from users where id = any($2::uuid[])
    union all select 'api-key', id::text, friendly_name from api_keys where ${own}
    union all select 'client', id::text, name from oauth_clients where ${own}
    union all select 'endpoint-key', id::text, name from endpoint_keys where ${own}
    union all select 'incoming-hook', id::text, name from incoming_hooks where ${own}
    union all select 'messaging-service', id::text, friendly_name from messaging_services where ${own}
    union all select 'personal-access-token', id::text, name from personal_access_tokens where ${own}
    union all select 'provider', id::text, name from providers where ${own}
    union all select 'sender', id::text, address from senders where ${own}
    union all select 'service-account', id::text, name from service_accounts where ${own}
    union all select 'service-account-user', user_id, name from service_accounts
      where account_id = any($1::uuid[]) and user_id = any($3::text[])`,
};

/** People act for many accounts, so they are found by their id alone. */
export async function findAuditLabels(
  db: Queryable,
  accounts: readonly AccountSid[],
  { ids, userIds }: NamedIds,
): Promise<AuditLabel[]> {
  const rows = await db.query<Omit<AuditLabel, "label"> & { readonly label: string | null } & Record<string, unknown>>(
    LABELS,
    [plainArray(accounts.map((sid) => uuidOf(sid))), plainArray(ids), textArray(userIds)],
  );
  return rows.flatMap(({ kind, id, label }) => (label === null ? [] : [{ kind, id, label }]));
}
