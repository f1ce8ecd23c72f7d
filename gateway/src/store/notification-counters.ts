// What is counted for notification policies. Every statement takes its rows in one order, so that two batches cannot each
// hold what the other needs.

import { type AccountSid, firstUuidAt, type MessageSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { Series } from "../core/notification-policies/cooldown.ts";
import { plainArray, textArray, timeArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { inLockOrder } from "./lock-order.ts";
import { hexOf } from "./message-insert.ts";

export interface MessageKey {
  readonly accountSid: AccountSid;
  readonly sid: MessageSid;
}

const markStatement: Statement = {
  name: "mark_notifications_judged",
  text: `insert into notification_judged (account_id, message_id, judged_at)
    select account_id, message_id, $3 from unnest($1::uuid[], $2::uuid[]) as n(account_id, message_id)
    on conflict do nothing returning message_id`,
};

/** Resolves to the UUIDs of those that had not been marked. */
export async function markNotificationsJudged(
  tx: Queryable,
  messages: readonly MessageKey[],
  now: Date,
): Promise<ReadonlySet<Uuid>> {
  const sorted = inLockOrder(messages, ({ sid }) => sid);
  const rows = await tx.query<{ message_id: Uuid }>(markStatement, [
    plainArray(sorted.map(({ accountSid }) => hexOf(accountSid))),
    plainArray(sorted.map(({ sid }) => hexOf(sid))),
    now,
  ]);
  return new Set(rows.map((row) => row.message_id));
}

/** `recipient` empty: the account as a whole. */
export interface RecipientKey {
  readonly accountSid: AccountSid;
  readonly recipient: string;
}

export function recipientName({ accountSid, recipient }: RecipientKey): string {
  return `${accountSid} ${recipient}`;
}

function distinctInOrder(keys: readonly RecipientKey[]): RecipientKey[] {
  const byName = new Map(keys.map((key) => [recipientName(key), key] as const));
  return [...byName].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, key]) => key);
}

function columnsOf(keys: readonly RecipientKey[]): [accounts: string, recipients: string] {
  return [
    plainArray(keys.map(({ accountSid }) => hexOf(accountSid))),
    textArray(keys.map(({ recipient }) => recipient)),
  ];
}

interface KeyRow {
  readonly account_id: Uuid;
  readonly recipient: string;
}

function nameOfRow({ account_id, recipient }: KeyRow): string {
  return recipientName({ accountSid: sidOf("AC", account_id), recipient });
}

const holdCounters: Statement = {
  name: "hold_notification_counters",
  text: `insert into notification_counters as c (account_id, recipient, day)
    select account_id, recipient, $3::integer from unnest($1::uuid[], $2::text[]) as n(account_id, recipient)
    on conflict (account_id, recipient, day) do update set total = c.total
    returning account_id, recipient, total`,
};

/** Messages so far that day, by recipientName; nobody else counts them before the transaction ends. */
export async function holdCountersOfDay(
  tx: Queryable,
  keys: readonly RecipientKey[],
  day: number,
): Promise<Map<string, number>> {
  if (keys.length === 0) return new Map();
  const rows = await tx.query<KeyRow & { total: number } & Record<string, unknown>>(holdCounters, [
    ...columnsOf(distinctInOrder(keys)),
    day,
  ]);
  return new Map(rows.map((row) => [nameOfRow(row), row.total] as const));
}

/** Must run in the transaction that holds them. `totals` by recipientName. */
export async function storeCountersOfDay(
  tx: Queryable,
  keys: readonly RecipientKey[],
  totals: ReadonlyMap<string, number>,
  day: number,
): Promise<void> {
  if (keys.length === 0) return;
  const sorted = distinctInOrder(keys);
  await tx.query(
    `update notification_counters c set total = n.total
     from unnest($1::uuid[], $2::text[], $4::integer[]) as n(account_id, recipient, total)
     where c.account_id = n.account_id and c.recipient = n.recipient and c.day = $3`,
    [...columnsOf(sorted), day, plainArray(sorted.map((key) => totals.get(recipientName(key)) ?? 0))],
  );
}

const holdSeriesStatement: Statement = {
  name: "hold_notification_series",
  text: `insert into notification_series as s (account_id, recipient, touched_at)
    select account_id, recipient, $3 from unnest($1::uuid[], $2::text[]) as n(account_id, recipient)
    on conflict (account_id, recipient) do update set touched_at = excluded.touched_at
    returning account_id, recipient, sends, last_at, blocked_until`,
};

/** What is known of recipients, by recipientName; nobody else changes it before the transaction ends. */
export async function holdSeries(
  tx: Queryable,
  keys: readonly RecipientKey[],
  now: Date,
): Promise<Map<string, Series | null>> {
  if (keys.length === 0) return new Map();
  type Row = KeyRow & { sends: number; last_at: Date | null; blocked_until: Date | null };
  const rows = await tx.query<Row & Record<string, unknown>>(holdSeriesStatement, [
    ...columnsOf(distinctInOrder(keys)),
    now,
  ]);
  return new Map(
    rows.map((row) => {
      const { sends, last_at: lastAt, blocked_until: until } = row;
      const series = { sends, lastMs: lastAt?.getTime() ?? 0, blockedUntilMs: until?.getTime() ?? null };
      return [nameOfRow(row), lastAt === null ? null : series] as const;
    }),
  );
}

/** Must run in the transaction that holds them. */
export async function storeSeries(
  tx: Queryable,
  keys: readonly RecipientKey[],
  series: ReadonlyMap<string, Series | null>,
): Promise<void> {
  const known = distinctInOrder(keys).flatMap((key) => {
    const found = series.get(recipientName(key)) ?? null;
    return found === null ? [] : [{ key, found }];
  });
  if (known.length === 0) return;
  await tx.query(
    `update notification_series s set sends = n.sends, last_at = n.last_at, blocked_until = n.blocked_until
     from unnest($1::uuid[], $2::text[], $3::integer[], $4::timestamptz[], $5::timestamptz[])
       as n(account_id, recipient, sends, last_at, blocked_until)
     where s.account_id = n.account_id and s.recipient = n.recipient`,
    [
      ...columnsOf(known.map(({ key }) => key)),
      plainArray(known.map(({ found }) => found.sends)),
      timeArray(known.map(({ found }) => new Date(found.lastMs))),
      timeArray(known.map(({ found }) => (found.blockedUntilMs === null ? null : new Date(found.blockedUntilMs)))),
    ],
  );
}

const dayMs = 86_400_000;

/** How many messages of a day were confirmed to have been used (feedback); `recipient` empty: of the whole account. */
export async function countClaimed(
  tx: Queryable,
  { accountSid, recipient }: RecipientKey,
  day: number,
): Promise<number> {
  const [row] = await tx.query<{ claimed: number }>(
    {
      name: "count_claimed_notifications",
      text: `select count(*)::integer as claimed from message_feedback f
        join messages m on m.account_id = f.account_id and m.id = f.message_id
        where f.account_id = $1 and f.message_id >= $2 and f.message_id < $3 and f.outcome = 'confirmed'
          and ($4 = '' or m.to_address = $4)`,
    },
    [uuidOf(accountSid), firstUuidAt(day * dayMs), firstUuidAt((day + 1) * dayMs), recipient],
  );
  return row?.claimed ?? 0;
}

const keptMs = 12 * 3_600_000;
const daysKept = 2;
const drops = [
  {
    table: "notification_judged",
    old: "judged_at < $2::timestamptz",
    value: (nowMs: number) => new Date(nowMs - keptMs),
  },
  {
    table: "notification_series",
    old: "touched_at < $2::timestamptz",
    value: (nowMs: number) => new Date(nowMs - keptMs),
  },
  {
    table: "notification_counters",
    old: "day < $2::integer",
    value: (nowMs: number) => Math.floor(nowMs / dayMs) - daysKept,
  },
] as const;

/** Forgets up to `limit` rows of each kind; resolves to how many there were of the most frequent. */
export async function dropOldNotificationCounts(db: Queryable, now: Date, limit: number): Promise<number> {
  let most = 0;
  for (const { table, old, value } of drops) {
    const [row] = await db.query<{ dropped: number }>(
      `with old as (select ctid as place from ${table} where ${old} limit $1 for update skip locked),
         gone as (delete from ${table} t using old where t.ctid = old.place returning 1)
       select count(*)::integer as dropped from gone`,
      [limit, value(now.getTime())],
    );
    most = Math.max(most, row?.dropped ?? 0);
  }
  return most;
}
