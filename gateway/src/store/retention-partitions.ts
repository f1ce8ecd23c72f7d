// Dropping whole months of messages, attempts and events: the cheapest way to forget millions of rows. Detaching locks the
// parent for a moment; it gives up rather than make the message path wait, and is tried again later.

import { DatabaseError } from "pg";
import { completeStatuses, reportsAwaitedMs } from "../core/messages/changes.ts";
import type { Database, Queryable } from "./database.ts";
import { isRetryableConflict } from "./query-failure.ts";

const partitionedTables = ["messages", "attempts", "events"] as const;
export type PartitionedTable = (typeof partitionedTables)[number];

export interface Month {
  readonly table: PartitionedTable;
  /** The partition's own name. */
  readonly name: string;
  /** What it holds is older: milliseconds since the epoch. */
  readonly endMs: number;
  /** False: it was detached before, and is only to be dropped. */
  readonly attached: boolean;
}

const LOCK_NOT_AVAILABLE = "55P03";
const nameForm = /^(messages|attempts|events)_(\d{4})_(\d{2})$/;

/** Every month that there is, oldest first; messages before the attempts of the same month. */
export async function listMonths(db: Queryable): Promise<Month[]> {
  const rows = await db.query<{ name: string; attached: boolean }>(
    `select relname as name, relispartition as attached from pg_class
     where relkind = 'r' and relnamespace = current_schema()::regnamespace
       and relname ~ '^(messages|attempts|events)_[0-9]{4}_[0-9]{2}$'`,
  );
  const months = rows.flatMap(({ name, attached }): Month[] => {
    const [, table, year, month] = nameForm.exec(name) ?? [];
    const partitioned = partitionedTables.find((one) => one === table);
    if (partitioned === undefined) return [];
    return [{ table: partitioned, name, endMs: Date.UTC(Number(year), Number(month), 1), attached }];
  });
  const order = ({ table, endMs }: Month) => endMs * 10 + partitionedTables.indexOf(table);
  return months.sort((one, other) => order(one) - order(other));
}

/** Are messages in there that are still to be sent? */
async function hasDue(db: Queryable, { name }: Month): Promise<boolean> {
  return (await db.query(`select 1 from "${name}" where due_at is not null limit 1`)).length > 0;
}

/** So many at a time are read: 64 MiB, which takes a second at the most. */
const blocksPerRead = 8192;

/** Do messages in there wait for their delivery report? Reads all of it, in pieces: no index knows. */
async function hasAwaited(db: Queryable, { name }: Month, nowMs: number): Promise<boolean> {
  const [size] = await db.query<{ blocks: number }>(
    "select (pg_relation_size($1::regclass) / current_setting('block_size')::int)::int as blocks",
    [`"${name}"`],
  );
  for (let block = 0; block < (size?.blocks ?? 0); block += blocksPerRead) {
    const [awaited] = await db.query(
      `select 1 from "${name}" where ctid >= $1::tid and ctid < $2::tid
         and (status = any($3::text[]) or (status = 'sent' and sent_at <= $4::timestamptz)) is not true limit 1`,
      [`(${block},0)`, `(${block + blocksPerRead},0)`, completeStatuses, new Date(nowMs - reportsAwaitedMs)],
    );
    if (awaited !== undefined) return true;
  }
  return false;
}

/**
 * `in-use`: messages in it are still to be sent, or wait for their delivery report. `busy`: the tables were; nothing has
 * changed.
 */
export async function dropMonth(db: Database, month: Month, nowMs: number): Promise<"dropped" | "in-use" | "busy"> {
  if (month.attached) {
    const detached = await detach(db, month, nowMs);
    if (detached !== "detached") return detached;
  }
  // By itself: it locks nothing that anybody uses, however long the files take.
  await db.query(`drop table if exists "${month.name}"`);
  return "dropped";
}

async function detach(db: Database, month: Month, nowMs: number): Promise<"detached" | "in-use" | "busy"> {
  const { table, name } = month;
  // In this order: what is neither due nor awaited now will never be again. And it costs no lock.
  if (table === "messages" && ((await hasDue(db, month)) || (await hasAwaited(db, month, nowMs)))) return "in-use";
  let inUse = false;
  try {
    await db.transaction(async (tx) => {
      await tx.query("set local lock_timeout = '100ms'");
      await tx.query(`alter table "${table}" detach partition "${name}"`);
      // Nobody makes an old message due again; but what nobody does is better seen than trusted.
      inUse = table === "messages" && (await hasDue(tx, month));
      if (inUse) throw new Error("messages in this month are still to be sent");
    });
    return "detached";
  } catch (error) {
    if (inUse) return "in-use";
    const locked = error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE;
    if (locked || isRetryableConflict(error)) return "busy";
    throw error;
  }
}
