// How much is waiting, for the metrics. Never counts a table: an exact count stops at the cap, and above it the
// planner's way of estimating is used (the density of the partial index at its last vacuum times its size now).

import type { Queryable, Statement } from "./database.ts";

export interface QueueDepth {
  readonly messages: number;
  readonly oldestDueSeconds: number;
  readonly callbacks: number;
  readonly oldestDueCallbackSeconds: number;
}

const cap = 10_000;
/** Entries per page of a freshly built index on one timestamptz, for indexes that were never vacuumed. */
const freshDensity = 350;

// 10,000 entries of messages_due: about 3 ms; the estimate reads the catalogue only.
const depthOf = (table: "messages" | "callbacks") => `
  (select count(*) from (select 1 from ${table} where due_at is not null limit ${cap}) as capped)::int as ${table},
  (select coalesce(extract(epoch from now() - min(due_at)), 0) from ${table} where due_at <= now())::float8
    as ${table}_oldest,
  (select coalesce(sum(pg_relation_size(oid) / 8192
      * case when reltuples > 0 and relpages > 0 then reltuples / relpages else ${freshDensity} end), 0)
    from (select c.* from pg_partition_tree('${table}_due') as tree join pg_class as c on c.oid = tree.relid
          where c.relkind = 'i'
          union select c.* from pg_class as c where c.oid = '${table}_due'::regclass and c.relkind = 'i') as indexes
  )::float8 as ${table}_estimate`;

const readDepth: Statement = {
  name: "queue-depth",
  text: `select ${depthOf("messages")}, ${depthOf("callbacks")}`,
};

interface DepthRow {
  readonly messages: number;
  readonly messages_oldest: number;
  readonly messages_estimate: number;
  readonly callbacks: number;
  readonly callbacks_oldest: number;
  readonly callbacks_estimate: number;
}

export async function readQueueDepth(db: Queryable): Promise<QueueDepth> {
  const [row] = await db.query<DepthRow & Record<string, unknown>>(readDepth);
  if (row === undefined) throw new Error("queue depth: no row");
  return {
    messages: bounded(row.messages, row.messages_estimate),
    oldestDueSeconds: Math.max(0, row.messages_oldest),
    callbacks: bounded(row.callbacks, row.callbacks_estimate),
    oldestDueCallbackSeconds: Math.max(0, row.callbacks_oldest),
  };
}

function bounded(counted: number, estimate: number): number {
  return counted < cap ? counted : Math.max(cap, Math.round(estimate));
}
