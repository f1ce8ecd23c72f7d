// All keys of an account in one list, whatever kind they are: newest first, in keyset pages. No secret and no hash of one is
// ever read here.

import type { Role } from "../core/access/principal.ts";
import { type AccountSid, type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

/** `service-account`: one that has neither a key nor a token. */
export const listedKinds = [
  "access-key",
  "api-key",
  "endpoint-key",
  "oauth-client",
  "service-account-key",
  "personal-access-token",
  "service-account",
] as const;
export type ListedKind = (typeof listedKinds)[number];

export interface ListedKey {
  readonly kind: ListedKind;
  readonly id: Uuid;
  /** What programs name it by, where that is another id of 18 digits. */
  readonly publicId: string | null;
  readonly name: string | null;
  /** Null: what it may do is said by `permissions` alone. */
  readonly role: Role | null;
  /** Permissions, or methods by endpoint; null: everything that the role allows. */
  readonly permissions: readonly string[] | Readonly<Record<string, readonly string[]>> | null;
  readonly hint: string | null;
  /** The service account that it belongs to. */
  readonly ownerId: Uuid | null;
  readonly ownerName: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  /** The bootstrap file names it: deleted, it is made again at the next start. */
  readonly bootstrapped: boolean;
}

export interface KeyFilter {
  readonly kind?: ListedKind;
  /** A part of its name, its owner's name or an id. */
  readonly text?: string;
  /** `expired`: it has ended; `idle`: it has not ended, and nobody has used it since `idleSince`. */
  readonly state?: "expired" | "idle";
}

/** Where a page goes on: behind this key. */
export interface KeyCursor {
  /** Microseconds since the epoch: a Date has only milliseconds. */
  readonly createdMicros: string;
  readonly id: Uuid;
}

interface KeyRow {
  kind: ListedKind;
  id: Uuid;
  public_id: string | null;
  name: string | null;
  role: Role | null;
  permissions: ListedKey["permissions"];
  hint: string | null;
  owner_id: Uuid | null;
  owner_name: string | null;
  created_at: Date;
  created_micros: string;
  expires_at: Date | null;
  last_used_at: Date | null;
  bootstrapped: boolean;
}

const EVERY_KEY = `
  select 'access-key' as kind, id, null as public_id, name, role, null::jsonb as permissions, hint,
    null::uuid as owner_id, null as owner_name, created_at, expires_at, last_used_at, bootstrapped
  from access_keys where account_id = $1
  union all
  select 'api-key', id, null, friendly_name, case when policy is null then 'operator' end, policy -> 'allow', null,
    null, null, created_at, null, last_used_at, bootstrapped
  from api_keys where account_id = $1
  union all
  select 'endpoint-key', id, null, name, null, nullif(endpoints, '{}'), null,
    null, null, created_at, expires_at, last_used_at, false
  from endpoint_keys where account_id = $1
  union all
  select 'oauth-client', id, client_id, name, role, null, null,
    null, null, created_at, null, last_used_at, bootstrapped
  from oauth_clients where account_id = $1
  union all
  select 'service-account-key', k.id, k.key_id, null, s.role, null, null,
    s.id, s.name, k.created_at, k.expires_at, k.last_used_at, false
  from service_account_keys k join service_accounts s on s.account_id = k.account_id and s.id = k.service_account_id
  where k.account_id = $1
  union all
  select 'personal-access-token', t.id, null, t.name, s.role, null, null,
    s.id, s.name, t.created_at, t.expires_at, t.last_used_at, false
  from personal_access_tokens t
  join service_accounts s on s.account_id = t.account_id and s.id = t.service_account_id
  where t.account_id = $1
  union all
  select 'service-account', s.id, s.user_id, s.name, s.role, null, null, s.id, s.name, s.created_at, null, null, false
  from service_accounts s
  where s.account_id = $1
    and not exists (select from service_account_keys k where k.account_id = $1 and k.service_account_id = s.id)
    and not exists (select from personal_access_tokens t where t.account_id = $1 and t.service_account_id = s.id)`;

const idleMs = 90 * 86_400_000;

/** Up to `limit` keys behind `after`, with the cursor of each. An account has thousands at most: they are sorted as a whole. */
export async function listKeys(
  db: Queryable,
  accountSid: AccountSid,
  { kind, text, state }: KeyFilter,
  { after, limit, now }: { readonly after: KeyCursor | null; readonly limit: number; readonly now: Date },
): Promise<{ readonly key: ListedKey; readonly cursor: KeyCursor }[]> {
  const values: unknown[] = [uuidOf(accountSid), limit];
  const conditions: string[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  if (kind !== undefined) conditions.push(`kind = ${bind(kind)}`);
  if (text !== undefined) {
    const pattern = bind(`%${text.replace(/[\\%_]/g, "\\$&")}%`);
    const isNamed = `concat_ws(' ', name, owner_name, public_id, hint) ilike ${pattern}`;
    const digits = text.replace(/^SK/i, "").replaceAll("-", "");
    // Of a text with nothing else in it no digits are left, which every id would have.
    const isPartOfId = /^[0-9a-f]+$/i.test(digits) ? ` or replace(id::text, '-', '') ilike ${bind(`%${digits}%`)}` : "";
    conditions.push(`(${isNamed}${isPartOfId})`);
  }
  if (state === "expired") conditions.push(`expires_at <= ${bind(now)}`);
  if (state === "idle") {
    const since = bind(new Date(now.getTime() - idleMs));
    conditions.push(`coalesce(last_used_at, created_at) < ${since} and coalesce(expires_at > ${bind(now)}, true)`);
  }
  if (after !== null) {
    const micros = bind(after.createdMicros);
    conditions.push(`(extract(epoch from created_at) * 1000000, id) < (${micros}::numeric, ${bind(after.id)}::uuid)`);
  }
  const where = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
  const rows = await db.query<KeyRow>(
    `select *, (extract(epoch from created_at) * 1000000)::bigint::text as created_micros
     from (${EVERY_KEY}) every ${where} order by created_at desc, id desc limit $2`,
    values,
  );
  return rows.map((row) => ({ key: toKey(row), cursor: { createdMicros: row.created_micros, id: row.id } }));
}

function toKey(row: KeyRow): ListedKey {
  return {
    kind: row.kind,
    id: row.id,
    publicId: row.public_id,
    name: row.name,
    role: row.role,
    permissions: row.permissions,
    hint: row.hint,
    ownerId: row.owner_id,
    ownerName: row.owner_name,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    bootstrapped: row.bootstrapped,
  };
}
