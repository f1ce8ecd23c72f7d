// Forgetting what protection needs no longer, a limited number of rows at a time: a statement of millions would hold their
// locks, and its snapshot, for minutes. Several processes may be at it at once.

import { firstUuidAt } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A message waits for its hand-over for ten hours at the most; then its validity is over. */
const judgedKeptMs = 12 * hourMs;
const decisionsKeptMs = 90 * dayMs;
const recipientDaysKept = 1;
const prefixDaysKept = 14;
const otherDaysKept = 60;

interface Drop {
  readonly table: string;
  readonly old: string;
  values(nowMs: number): unknown[];
}

const counterDrop = (scopes: readonly string[], days: number): Drop => ({
  table: "protection_counters",
  old: "scope = any($2::text[]) and day < $3::integer",
  values: (nowMs) => [scopes, Math.floor(nowMs / dayMs) - days],
});

const drops: readonly Drop[] = [
  {
    table: "protection_judged",
    old: "judged_at < $2::timestamptz",
    values: (nowMs) => [new Date(nowMs - judgedKeptMs)],
  },
  {
    table: "protection_texts",
    old: "repeats_until < $2::timestamptz",
    values: (nowMs) => [new Date(nowMs - hourMs)],
  },
  counterDrop(["recipient"], recipientDaysKept),
  counterDrop(["prefix"], prefixDaysKept),
  counterDrop(["account", "country"], otherDaysKept),
  {
    table: "protection_decisions",
    old: "id < $2::uuid",
    values: (nowMs) => [firstUuidAt(nowMs - decisionsKeptMs)],
  },
];

/** Forgets up to `limit` rows of each kind. Resolves to whether there may be more. */
export async function dropOldProtection(db: Queryable, now: Date, limit: number): Promise<boolean> {
  let more = false;
  for (const { table, old, values } of drops) {
    const [row] = await db.query<{ dropped: number }>(
      `with old as (select ctid as place from ${table} where ${old} limit $1 for update skip locked),
         gone as (delete from ${table} t using old where t.ctid = old.place returning 1)
       select count(*)::integer as dropped from gone`,
      [limit, ...values(now.getTime())],
    );
    more ||= row?.dropped === limit;
  }
  return more;
}
