// What the ids in the audit log are called now: the names of keys, people, clients and things, as far as they are still
// there. One statement for a whole page. Finds nothing of accounts that are not named, and nobody who was not asked for.

import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import { plainArray, textArray } from "./array-literal.ts";
import type { Queryable } from "./database.ts";

export interface NamedIds {
  /** UUIDs of credentials and things. */
  readonly ids: readonly Uuid[];
  /** UUIDs of people, who are found whatever the account: only of those who are known to be people. */
  readonly people: readonly Uuid[];
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
  /** Ids are chosen by callers, too: only with its kind, and within an account, does one name a thing. */
  readonly kind: LabelKind;
  /** Null: of a person. */
  readonly accountSid: AccountSid | null;
  /** A UUID, or the numeric id of a `service-account-user`. */
  readonly id: string;
  /** May be empty. */
  readonly label: string;
}

const own = "account_id = any($1::uuid[]) and id = any($2::uuid[])";

const LABELS = {
  name: "audit_labels",
  text: `
    select 'access-key' as kind, account_id, id::text as id, name as label from access_keys where ${own}
    union all select 'account', id, id::text, friendly_name from accounts where id = any($1::uuid[])
    union all select 'user', null, id::text, coalesce(nullif(name, ''), email) from users where id = any($4::uuid[])
    union all select 'api-key', account_id, id::text, friendly_name from api_keys where ${own}
    union all select 'client', account_id, id::text, name from oauth_clients where ${own}
    union all select 'endpoint-key', account_id, id::text, name from endpoint_keys where ${own}
    union all select 'incoming-hook', account_id, id::text, name from incoming_hooks where ${own}
    union all select 'messaging-service', account_id, id::text, friendly_name from messaging_services where ${own}
    union all select 'personal-access-token', account_id, id::text, name from personal_access_tokens where ${own}
    union all select 'provider', account_id, id::text, name from providers where ${own}
    union all select 'sender', account_id, id::text, address from senders where ${own}
    union all select 'service-account', account_id, id::text, name from service_accounts where ${own}
    union all select 'service-account-user', account_id, user_id, name from service_accounts
      where account_id = any($1::uuid[]) and user_id = any($3::text[])`,
};

interface LabelRow {
  readonly [column: string]: unknown;
  readonly kind: LabelKind;
  readonly account_id: Uuid | null;
  readonly id: string;
  readonly label: string | null;
}

/** In one statement; of each kind that has such an id, so the caller must know which kind it asked about. */
export async function findAuditLabels(
  db: Queryable,
  accounts: readonly AccountSid[],
  { ids, people, userIds }: NamedIds,
): Promise<AuditLabel[]> {
  const accountIds = plainArray(accounts.map((sid) => uuidOf(sid)));
  const rows = await db.query<LabelRow>(LABELS, [accountIds, plainArray(ids), textArray(userIds), plainArray(people)]);
  return rows.flatMap(({ kind, account_id: accountId, id, label }) =>
    label === null ? [] : [{ kind, id, label, accountSid: accountId && sidOf<AccountSid>("AC", accountId) }],
  );
}
