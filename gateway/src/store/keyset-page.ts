// Lists as keyset pages over an `id` column, newest first (UUIDv7: key order is time order): no offset and no count, so
// that a page costs the same wherever it lies, and keeps its place while rows come and go.

import type { QueryResultRow } from "pg";
import type { Uuid } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

export interface PageQuery {
  readonly limit: number;
  /** Goes on from this id, which need not exist any more; null: from the newest. */
  readonly cursor: { readonly direction: "older" | "newer"; readonly id: Uuid } | null;
}

export interface Page<Item> {
  /** Newest first, whatever the direction. */
  readonly items: readonly Item[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}

/**
 * A page of `select`, a statement with a where clause (`select … from things where account_id = $1`); `idColumn` is
 * unique within it.
 */
export async function listPage<Row extends QueryResultRow, Item>(
  db: Queryable,
  {
    select,
    values,
    idColumn = "id",
  }: { readonly select: string; readonly values: unknown[]; readonly idColumn?: string },
  { limit, cursor }: PageQuery,
  toItem: (row: Row) => Item,
): Promise<Page<Item>> {
  const newer = cursor?.direction === "newer";
  const bound = cursor === null ? "" : `and ${idColumn} ${newer ? ">" : "<"} $${values.length + 2}::uuid`;
  const text = `${select} ${bound} order by ${idColumn} ${newer ? "asc" : "desc"} limit $${values.length + 1}`;
  // One row more than asked for says whether there is another page.
  const rows = await db.query<Row>(text, [...values, limit + 1, ...(cursor === null ? [] : [cursor.id])]);
  return pageOf(rows.map(toItem), { limit, cursor });
}

/** `items` as read in the direction of the cursor, with one more than the limit if there are more. */
export function pageOf<Item>(read: readonly Item[], { limit, cursor }: PageQuery): Page<Item> {
  const items = read.slice(0, limit);
  const more = read.length > limit;
  if (cursor?.direction === "newer") return { items: items.reverse(), hasOlder: items.length > 0, hasNewer: more };
  return { items, hasOlder: more, hasNewer: cursor !== null && items.length > 0 };
}
