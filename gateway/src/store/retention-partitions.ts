// Dropping whole months of messages, attempts and events: the cheapest way to forget millions of rows. Detaching locks the
// parent for a moment; it gives up rather than make the message path wait, and is tried again later.

import { DatabaseError } from "pg";
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

/** `in-use`: messages in it are still to be sent. `busy`: the tables were; nothing has changed. */
export async function dropMonth(db: Database, month: Month): Promise<"dropped" | "in-use" | "busy"> {
  if (month.attached) {
    const detached = await detach(db, month);
    if (detached !== "detached") return detached;
  }
  // By itself: it locks nothing that anybody uses, however long the files take.
  await db.query(`drop table if exists "${month.name}"`);
  return "dropped";
}

async function detach(db: Database, month: Month): Promise<"detached" | "in-use" | "busy"> {
  const { table, name } = month;
  // Most often the answer, and it costs no lock.
  if (table === "messages" && (await hasDue(db, month))) return "in-use";
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
