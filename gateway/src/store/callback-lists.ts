// What the native API shows of an account's callbacks: listed, newest first, and one with what it sends. Only the key leads
// an index: states are looked for among a bounded number of rows a page.

import { type AccountSid, type MessageSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { StoredCallback } from "./callbacks.ts";
import type { Queryable } from "./database.ts";

export interface ListedCallback extends StoredCallback {
  readonly messageSid: MessageSid;
}

export interface CallbackDetail extends ListedCallback {
  /** The form fields, in their order. */
  readonly fields: readonly (readonly [string, string])[];
}

export interface CallbackFilter {
  readonly state?: StoredCallback["state"] | undefined;
  readonly kind?: StoredCallback["kind"] | undefined;
  /** Only callbacks older than this one. */
  readonly before?: Uuid | undefined;
  readonly limit: number;
}

export interface CallbackPage {
  /** Newest first; may be fewer than asked for although there are more. */
  readonly items: readonly ListedCallback[];
  /** `before` of the next page; null on the last. */
  readonly next: Uuid | null;
}

const scannedMax = 20_000;

const columns = `c.id, c.message_id, c.kind, c.url, c.method, c.state, c.due_at, c.attempts, c.last_status, c.last_error,
  c.created_at, c.finished_at, coalesce(m.num_media, 0) > 0 as has_media`;
const messageJoin = "left join messages m on m.account_id = c.account_id and m.id = c.message_id";

interface Row {
  id: Uuid;
  message_id: Uuid;
  has_media: boolean;
  kind: StoredCallback["kind"];
  url: string;
  method: StoredCallback["method"];
  state: StoredCallback["state"];
  due_at: Date | null;
  attempts: number;
  last_status: number | null;
  last_error: string | null;
  created_at: Date;
  finished_at: Date | null;
}

function callbackOf(row: Row): ListedCallback {
  return {
    id: row.id,
    messageSid: sidOf(row.has_media ? "MM" : "SM", row.message_id),
    kind: row.kind,
    url: row.url,
    method: row.method,
    state: row.state,
    dueAt: row.due_at,
    attempts: row.attempts,
    lastStatus: row.last_status,
    lastError: row.last_error,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}

/** One page of an account's callbacks. */
export async function listAccountCallbacks(
  db: Queryable,
  accountSid: AccountSid,
  { state, kind, before, limit }: CallbackFilter,
): Promise<CallbackPage> {
  const rows = await db.query<Row & { scanned: number; last_id: Uuid } & Record<string, unknown>>(
    `with looked_at as materialized (
        select id, ($3::text is null or state = $3) and ($4::text is null or kind = $4) as found
        from callbacks where account_id = $1 and ($5::uuid is null or id < $5) order by id desc limit ${scannedMax}
      ), edge as (
        select (select count(*) from looked_at)::int as scanned,
          (select id from looked_at order by id limit 1) as last_id
      )
      select found.*, edge.scanned, edge.last_id
      from edge left join (
        select ${columns} from callbacks c ${messageJoin}
        where c.account_id = $1 and c.id in (select id from looked_at where found order by id desc limit $2)
      ) as found on true
      order by found.id desc`,
    [uuidOf(accountSid), limit + 1, state ?? null, kind ?? null, before ?? null],
  );
  const found = rows.filter((row) => row.id !== null).map(callbackOf);
  const items = found.slice(0, limit);
  const lastItem = items.at(-1);
  if (found.length > limit && lastItem !== undefined) return { items, next: lastItem.id };
  const edge = rows[0];
  return { items, next: edge !== undefined && edge.scanned >= scannedMax ? edge.last_id : null };
}

/** Null: the account has no such callback (any more). */
export async function findCallback(db: Queryable, accountSid: AccountSid, id: Uuid): Promise<CallbackDetail | null> {
  const [row] = await db.query<Row & { fields: [string, string][] } & Record<string, unknown>>(
    `select ${columns}, c.fields from callbacks c ${messageJoin} where c.account_id = $1 and c.id = $2`,
    [uuidOf(accountSid), id],
  );
  return row === undefined ? null : { ...callbackOf(row), fields: row.fields };
}
