// What happened to an account's messages over time, for charts. Nothing is counted in advance, so each bucket looks at a
// bounded number of rows, found by the time in their keys: exact below the bound, and above it a sample from the bucket's
// beginning, which says how long a time it covers. All of it takes 0.4 s for 60 full buckets among a million messages.

import { type AccountSid, firstUuidAt, type Uuid, uuidOf } from "../core/ids.ts";
import type { MessageStatus } from "../core/messages/message.ts";
import type { Queryable } from "./database.ts";

/** Rows that are looked at in one bucket. */
export const sampleMax = 2_000;

export interface BucketBounds {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Messages of one bucket that are alike. */
export interface CountedMessages {
  readonly bucket: number;
  readonly inbound: boolean;
  readonly status: MessageStatus;
  readonly errorCode: number | null;
  readonly count: number;
  readonly lastId: Uuid;
}

/** Milliseconds from acceptance to hand-over; `bucket` null: of the whole range. */
export interface MeasuredLatency {
  readonly bucket: number | null;
  readonly p50: number;
  readonly p95: number;
}

export interface CountedAttempts {
  readonly bucket: number;
  readonly providerId: Uuid;
  /** Null while it is open. */
  readonly outcome: string | null;
  readonly count: number;
  readonly lastId: Uuid;
}

export interface MeasuredProvider {
  readonly providerId: Uuid;
  /** Milliseconds that a hand-over takes. */
  readonly p50: number;
  readonly p95: number;
}

const bucketsOf = (columns: string, table: "messages" | "attempts", key: string) => `
  from unnest($2::uuid[], $3::uuid[]) with ordinality as b(since, until, position)
  cross join lateral (
    select ${columns} from ${table}
    where account_id = $1 and ${key} >= b.since and ${key} < b.until order by ${key} limit ${sampleMax}
  ) as m`;

const bucket = "(position - 1)::int as bucket";
const percentiles = (expression: string) => `
  percentile_cont(0.5) within group (order by ${expression})::float8 as p50,
  percentile_cont(0.95) within group (order by ${expression})::float8 as p95`;
const milliseconds = (from: string, until: string) => `extract(epoch from ${until} - ${from}) * 1000`;

export async function countMessages(
  db: Queryable,
  accountSid: AccountSid,
  buckets: readonly BucketBounds[],
): Promise<CountedMessages[]> {
  return await db.query<CountedMessages & Record<string, unknown>>(
    `select ${bucket}, m.direction = 'inbound' as inbound, m.status, m.error_code as "errorCode",
       count(*)::int as count, (array_agg(m.id order by m.id desc))[1] as "lastId"
     ${bucketsOf("id, direction, status, error_code", "messages", "id")}
     group by position, m.direction = 'inbound', m.status, m.error_code`,
    valuesOf(accountSid, buckets),
  );
}

export async function measureLatency(
  db: Queryable,
  accountSid: AccountSid,
  buckets: readonly BucketBounds[],
): Promise<MeasuredLatency[]> {
  return await db.query<MeasuredLatency & Record<string, unknown>>(
    `select ${bucket}, ${percentiles(milliseconds("m.created_at", "m.sent_at"))}
     ${bucketsOf("direction, created_at, sent_at", "messages", "id")}
     where m.sent_at is not null and m.direction <> 'inbound'
     group by grouping sets ((position), ()) having count(*) > 0`,
    valuesOf(accountSid, buckets),
  );
}

export async function countAttempts(
  db: Queryable,
  accountSid: AccountSid,
  buckets: readonly BucketBounds[],
): Promise<CountedAttempts[]> {
  return await db.query<CountedAttempts & Record<string, unknown>>(
    `select ${bucket}, m.provider_id as "providerId", m.outcome, count(*)::int as count,
       (array_agg(m.message_id order by m.message_id desc))[1] as "lastId"
     ${bucketsOf("message_id, provider_id, outcome", "attempts", "message_id")}
     group by position, m.provider_id, m.outcome`,
    valuesOf(accountSid, buckets),
  );
}

export async function measureProviders(
  db: Queryable,
  accountSid: AccountSid,
  buckets: readonly BucketBounds[],
): Promise<MeasuredProvider[]> {
  return await db.query<MeasuredProvider & Record<string, unknown>>(
    `select m.provider_id as "providerId", ${percentiles(milliseconds("m.started_at", "m.finished_at"))}
     ${bucketsOf("provider_id, started_at, finished_at", "attempts", "message_id")}
     where m.finished_at is not null group by m.provider_id`,
    valuesOf(accountSid, buckets),
  );
}

function valuesOf(accountSid: AccountSid, buckets: readonly BucketBounds[]): unknown[] {
  return [
    uuidOf(accountSid),
    buckets.map(({ fromMs }) => firstUuidAt(fromMs)),
    buckets.map(({ untilMs }) => firstUuidAt(untilMs)),
  ];
}

export interface AccountQueue {
  readonly messages: number;
  /** There are more messages in the queue than were looked at. */
  readonly more: boolean;
  /** How long the oldest due one has waited past its time. */
  readonly oldestDueSeconds: number;
}

/** Entries of the queue that are looked at, whose ever they are: the index of what is due knows no accounts. */
const queuedMax = 10_000;

/** What of an account waits, among the queue's oldest entries. */
export async function readAccountQueue(db: Queryable, accountSid: AccountSid, now: Date): Promise<AccountQueue> {
  const [row] = await db.query<{ messages: number; looked_at: number; oldest: Date | null }>(
    `select (count(*) filter (where account_id = $1))::int as messages, count(*)::int as looked_at,
       min(due_at) filter (where account_id = $1) as oldest
     from (select account_id, due_at from messages where due_at is not null order by due_at limit ${queuedMax}) as q`,
    [uuidOf(accountSid)],
  );
  const oldestMs = row?.oldest?.getTime() ?? Number.POSITIVE_INFINITY;
  return {
    messages: row?.messages ?? 0,
    more: row !== undefined && row.looked_at >= queuedMax,
    oldestDueSeconds: Math.max(0, (now.getTime() - oldestMs) / 1000),
  };
}
