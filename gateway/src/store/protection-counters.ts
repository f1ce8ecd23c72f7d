// What protection counts: which messages have been counted, how many went where, and the texts of the last moments. Writes
// are batched; each takes its rows in one order, so that two processes wait for each other rather than deadlock. Written
// for the pool of the message path: every plan goes by a primary key.

import type { AccountSid, MessageSid, Uuid } from "../core/ids.ts";
import { sidOf, uuidOf } from "../core/ids.ts";
import { type Counter, type CounterScope, learning, minutesPerDay } from "../core/protection/counter.ts";
import { plainArray, textArray, timeArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { inLockOrder } from "./lock-order.ts";
import { hexOf } from "./message-insert.ts";
import type { MessageKey } from "./protection.ts";

const markStatement: Statement = {
  name: "mark_judged",
  text: `
    insert into protection_judged (account_id, message_id, judged_at)
    select account_id, message_id, $1 from unnest($2::uuid[], $3::uuid[]) as n(account_id, message_id)
    on conflict do nothing
    returning message_id`,
};

/** Marks messages as counted. Resolves to the UUIDs of those that were not before; a rolled back mark never was. */
export async function markJudged(
  tx: Queryable,
  messages: readonly MessageKey[],
  now: Date,
): Promise<ReadonlySet<Uuid>> {
  const sorted = inLockOrder(messages, ({ sid }) => sid);
  const rows = await tx.query<{ message_id: Uuid }>(markStatement, [
    now,
    plainArray(sorted.map(({ accountSid }) => hexOf(accountSid))),
    plainArray(sorted.map(({ sid }) => hexOf(sid))),
  ]);
  return new Set(rows.map((row) => row.message_id));
}

export interface CounterKey {
  readonly accountSid: AccountSid;
  readonly scope: CounterScope;
  readonly key: string;
}

export interface CounterAddition extends CounterKey {
  readonly count: number;
}

const counterColumns =
  "account_id, scope, key, since_minute, minute, in_minute, in_ten_minutes, in_hour, day, peak, usual";

/** Does the last count lie in the same span of so many minutes as this one (or, by another's clock, in a later one)? */
const same = (minutes: number): string => `c.minute / ${minutes} >= excluded.minute / ${minutes}`;
const added = (column: string, minutes: number): string =>
  `case when ${same(minutes)} then c.${column} else 0 end + excluded.${column}`;

// The arithmetic of core/protection/counter.ts, for many counters at once.
const addStatement: Statement = {
  name: "add_to_counters",
  text: `
    with counted as (
    insert into protection_counters as c (${counterColumns})
    select n.account_id, n.scope, n.key, $1::integer, $1::integer, n.count, n.count, n.count,
      $1::integer / ${minutesPerDay}, n.count, 0
    from unnest($2::uuid[], $3::text[], $4::text[], $5::integer[]) as n(account_id, scope, key, count)
    on conflict (account_id, scope, key) do update set
      minute = greatest(c.minute, excluded.minute),
      in_minute = ${added("in_minute", 1)},
      in_ten_minutes = ${added("in_ten_minutes", 10)},
      in_hour = ${added("in_hour", 60)},
      day = greatest(c.day, excluded.day),
      peak = greatest(case when c.day >= excluded.day then c.peak else 0 end,
        case c.scope when 'prefix' then ${added("in_ten_minutes", 10)} else ${added("in_hour", 60)} end),
      usual = case when c.day >= excluded.day then c.usual else
        greatest(c.usual * ${learning.fadePerDay}, least(c.peak, greatest(${learning.freely}, ${learning.growth} * c.usual)))
          * ${learning.fadePerDay} ^ (excluded.day - c.day - 1) end
    returning ${counterColumns}
    )
    select * from counted where in_hour > $6 or scope in ('account', 'country')`,
};

interface CounterRow {
  readonly account_id: Uuid;
  readonly scope: CounterScope;
  readonly key: string;
  readonly since_minute: number;
  readonly minute: number;
  readonly in_minute: number;
  readonly in_ten_minutes: number;
  readonly in_hour: number;
  readonly day: number;
  readonly peak: number;
  readonly usual: number;
}

/** The name of a counter in a map. */
export function counterName({ accountSid, scope, key }: CounterKey): string {
  return `${accountSid} ${scope} ${key}`;
}

/**
 * Adds to counters, each at most once in `additions`. Resolves to how they stand then, by counterName; prefixes and
 * recipients only if they had more than `ignoredUpTo` messages this hour, which spares reading hundreds of rows a batch.
 */
export async function addToCounters(
  tx: Queryable,
  additions: readonly CounterAddition[],
  minute: number,
  ignoredUpTo: number,
): Promise<ReadonlyMap<string, Counter>> {
  const sorted = additions
    .map((addition) => ({ addition, name: counterName(addition) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ addition }) => addition);
  const rows = await tx.query<CounterRow & Record<string, unknown>>(addStatement, [
    minute,
    ...keyArrays(sorted),
    plainArray(sorted.map(({ count }) => count)),
    ignoredUpTo,
  ]);
  return countersOf(rows);
}

const findStatement: Statement = {
  name: "find_counters",
  text: `
    select c.account_id, c.scope, c.key, c.since_minute, c.minute, c.in_minute, c.in_ten_minutes, c.in_hour, c.day, c.peak,
      c.usual
    from unnest($1::uuid[], $2::text[], $3::text[]) as w(account_id, scope, key)
    join protection_counters c on c.account_id = w.account_id and c.scope = w.scope and c.key = w.key`,
};

/** Counters as they stand, by counterName. */
export async function findCounters(db: Queryable, keys: readonly CounterKey[]): Promise<ReadonlyMap<string, Counter>> {
  return countersOf(await db.query<CounterRow & Record<string, unknown>>(findStatement, keyArrays(keys)));
}

function keyArrays(keys: readonly CounterKey[]): string[] {
  return [
    plainArray(keys.map(({ accountSid }) => hexOf(accountSid))),
    plainArray(keys.map(({ scope }) => scope)),
    textArray(keys.map(({ key }) => key)),
  ];
}

function countersOf(rows: readonly CounterRow[]): ReadonlyMap<string, Counter> {
  return new Map(
    rows.map((row) => [
      counterName({ accountSid: sidOf("AC", row.account_id), scope: row.scope, key: row.key }),
      {
        sinceMinute: row.since_minute,
        minute: row.minute,
        inMinute: row.in_minute,
        inTenMinutes: row.in_ten_minutes,
        inHour: row.in_hour,
        day: row.day,
        peak: row.peak,
        usual: row.usual,
      },
    ]),
  );
}

export interface RecentText {
  readonly accountSid: AccountSid;
  /** Hex. */
  readonly digest: string;
  readonly messageSid: MessageSid;
  readonly sentAt: Date;
  /** Until then the same text is a repetition. */
  readonly repeatsUntil: Date;
}

/** A text that has been sent; its message is known by UUID. */
export interface StandingText {
  readonly messageId: Uuid;
  readonly sentAt: Date;
}

// The standing text gives way when it is far enough away, on either side (messages may come out of order), or when its
// message has failed: whoever tries again after a failure repeats nothing.
const givesWay = `(t.repeats_until <= excluded.sent_at or excluded.repeats_until <= t.sent_at or exists (
  select from messages m where m.account_id = t.account_id and m.id = t.message_id
    and m.status in ('failed', 'undelivered', 'canceled')))`;
const replaced = (column: string): string =>
  `${column} = case when ${givesWay} then excluded.${column} else t.${column} end`;

const rememberStatement: Statement = {
  name: "remember_texts",
  text: `
    insert into protection_texts as t (account_id, digest, message_id, sent_at, repeats_until)
    select account_id, decode(digest, 'hex'), message_id, sent_at, repeats_until
    from unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
      as n(account_id, digest, message_id, sent_at, repeats_until)
    on conflict (account_id, digest) do update set
      ${["message_id", "sent_at", "repeats_until"].map(replaced).join(", ")}
    returning account_id, encode(digest, 'hex') as digest, message_id, sent_at`,
};

/** The name of a text in a map. */
export function textName({ accountSid, digest }: Pick<RecentText, "accountSid" | "digest">): string {
  return `${accountSid} ${digest}`;
}

interface TextRow {
  readonly account_id: Uuid;
  readonly digest: string;
  readonly message_id: Uuid;
  readonly sent_at: Date;
}

/**
 * Remembers texts, each digest at most once. Resolves to what stands then, by textName: the message itself, or the one
 * that it repeats.
 */
export async function rememberTexts(
  tx: Queryable,
  texts: readonly RecentText[],
): Promise<ReadonlyMap<string, StandingText>> {
  const sorted = texts
    .map((text) => ({ text, name: textName(text) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ text }) => text);
  const rows = await tx.query<TextRow & Record<string, unknown>>(rememberStatement, [
    plainArray(sorted.map(({ accountSid }) => hexOf(accountSid))),
    plainArray(sorted.map(({ digest }) => digest)),
    plainArray(sorted.map(({ messageSid }) => hexOf(messageSid))),
    timeArray(sorted.map(({ sentAt }) => sentAt)),
    timeArray(sorted.map(({ repeatsUntil }) => repeatsUntil)),
  ]);
  return textsOf(rows);
}

/** The text that stands for this digest; null: none. */
export async function findText(db: Queryable, accountSid: AccountSid, digest: string): Promise<StandingText | null> {
  const rows = await db.query<TextRow & Record<string, unknown>>(
    `select account_id, encode(digest, 'hex') as digest, message_id, sent_at from protection_texts
     where account_id = $1 and digest = decode($2, 'hex')`,
    [uuidOf(accountSid), digest],
  );
  return textsOf(rows).get(textName({ accountSid, digest })) ?? null;
}

function textsOf(rows: readonly TextRow[]): ReadonlyMap<string, StandingText> {
  return new Map(
    rows.map((row) => [
      textName({ accountSid: sidOf("AC", row.account_id), digest: row.digest }),
      { messageId: row.message_id, sentAt: row.sent_at },
    ]),
  );
}
