// Where an account's messages went lately: counted by the beginnings of numbers, from which the caller tells the country.
// Nothing is counted in advance, so each stretch of time looks at a bounded number of rows, found by the time in their keys.

import { type AccountSid, firstUuidAt, type Uuid, uuidOf } from "../core/ids.ts";
import { plainArray } from "./array-literal.ts";
import type { Queryable } from "./database.ts";

/** Rows that are looked at in one stretch. With 168 of them, all full: 0.3 s among 200,000 messages, on a busy machine. */
export const usageSampleMax = 500;
/** Decisions of protection that are looked at: the newest. */
const decisionsMax = 2_000;
/** `+` and seven digits tell all countries apart that share a calling code. */
const beginning = "left(to_address, 8)";

export interface CountedBeginning {
  readonly stretch: number;
  /** One of the numbers. */
  readonly number: string;
  readonly count: number;
  /** With the inbound ones, which are not counted. */
  readonly lookedAt: number;
  readonly lastId: Uuid;
}

/** Messages that were made in each stretch, which begins at one of `startsMs` and ends at the next. */
export async function countBeginnings(
  db: Queryable,
  accountSid: AccountSid,
  startsMs: readonly number[],
): Promise<CountedBeginning[]> {
  const starts = startsMs.slice(0, -1);
  return await db.query<CountedBeginning & Record<string, unknown>>(
    `select (position - 1)::int as stretch, min(m.to_address) as number, count(*)::int as "lookedAt",
       (count(*) filter (where m.direction <> 'inbound'))::int as count,
       (array_agg(m.id order by m.id desc))[1] as "lastId"
     from unnest($2::uuid[], $3::uuid[]) with ordinality as b(since, until, position)
     cross join lateral (
       select id, direction, to_address from messages
       where account_id = $1 and id >= b.since and id < b.until order by id limit ${usageSampleMax}
     ) as m
     group by position, ${beginning}`,
    [
      uuidOf(accountSid),
      plainArray(starts.map((ms) => firstUuidAt(ms))),
      plainArray(starts.map((_ms, index) => firstUuidAt(startsMs[index + 1] ?? 0))),
    ],
  );
}

/** How many messages protection has denied, held or noted since, by the beginnings of their recipients. */
export async function countDecided(
  db: Queryable,
  accountSid: AccountSid,
  sinceMs: number,
): Promise<{ readonly number: string; readonly count: number }[]> {
  return await db.query<{ number: string; count: number }>(
    `select min(m.to_address) as number, count(distinct m.id)::int as count
     from (
       select message_id from protection_decisions where account_id = $1 and id >= $2::uuid
       order by id desc limit ${decisionsMax}
     ) as d
     join messages m on m.account_id = $1 and m.id = d.message_id
     group by ${beginning}`,
    [uuidOf(accountSid), firstUuidAt(sinceMs)],
  );
}
