// When keys were last used: the uses of a minute, stored by one statement.

import { type AccountSid, type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

const tables = {
  "access-key": "access_keys",
  "api-key": "api_keys",
  "endpoint-key": "endpoint_keys",
  "oauth-client": "oauth_clients",
  "personal-access-token": "personal_access_tokens",
  "service-account-key": "service_account_keys",
} as const;

/** Kinds of keys of which it is known when they were last used. */
export type UsedKind = keyof typeof tables;

export interface KeyUse {
  readonly kind: UsedKind;
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  readonly at: Date;
}

// Rows that somebody else holds are passed over, so that it neither waits nor can end in a deadlock: the next use is noted.
const updates = Object.entries(tables).map(
  ([kind, table], index) => `u${index} as (
    update ${table} k set last_used_at = f.at
    from (
      select t.account_id, t.id, u.at from ${table} t
      join used u on u.account_id = t.account_id and u.id = t.id and u.kind = '${kind}'
      where t.last_used_at is null or t.last_used_at < u.at
      for no key update of t skip locked
    ) f
    where k.account_id = f.account_id and k.id = f.id
  )`,
);

const STORE = {
  name: "key_uses_store",
  text: `with used as materialized (
    select * from unnest($1::text[], $2::uuid[], $3::uuid[], $4::timestamptz[]) as u (kind, account_id, id, at)
  ), ${updates.join(", ")} select`,
};

/** Each key at most once. What is gone is passed over; a later use that is stored already stays. */
export async function storeKeyUses(db: Queryable, uses: readonly KeyUse[]): Promise<void> {
  await db.query(STORE, [
    uses.map(({ kind }) => kind),
    uses.map(({ accountSid }) => uuidOf(accountSid)),
    uses.map(({ id }) => id),
    uses.map(({ at }) => at),
  ]);
}
