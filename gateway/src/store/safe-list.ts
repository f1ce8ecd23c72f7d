// The safe list of an account: numbers and thousands of numbers (see core/protection/safe-list.ts).

import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import { type SafeListEntry, safeListNumbersFor } from "../core/protection/safe-list.ts";
import { plainArray, textArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";

interface EntryRow {
  readonly [column: string]: unknown;
  readonly id: Uuid;
  readonly number: string;
}

function toEntry(row: EntryRow): SafeListEntry {
  return { sid: sidOf("GN", row.id), number: row.number };
}

/** Resolves to whether it was added: false when it is on the list. */
export async function insertSafeListEntry(
  tx: Queryable,
  accountSid: AccountSid,
  { sid, number }: SafeListEntry,
): Promise<boolean> {
  const rows = await tx.query(
    "insert into safe_list (account_id, number, id) values ($1, $2, $3) on conflict do nothing returning id",
    [uuidOf(accountSid), number, uuidOf(sid)],
  );
  return rows.length > 0;
}

/** The entry that reads like this, not one that covers it. */
export async function findSafeListEntry(
  db: Queryable,
  accountSid: AccountSid,
  number: string,
): Promise<SafeListEntry | null> {
  const [row] = await db.query<EntryRow>("select id, number from safe_list where account_id = $1 and number = $2", [
    uuidOf(accountSid),
    number,
  ]);
  return row === undefined ? null : toEntry(row);
}

/** Resolves to the entry that was deleted; null when there was none. */
export async function deleteSafeListEntry(
  tx: Queryable,
  accountSid: AccountSid,
  number: string,
): Promise<SafeListEntry | null> {
  const [row] = await tx.query<EntryRow>(
    "delete from safe_list where account_id = $1 and number = $2 returning id, number",
    [uuidOf(accountSid), number],
  );
  return row === undefined ? null : toEntry(row);
}

const amongStatement: Statement = {
  name: "safe_listed_among",
  text: `
    select p.position::int as position
    from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality as p(account_id, number, thousand, position)
    where exists (select from safe_list s where s.account_id = p.account_id and s.number in (p.number, p.thousand))`,
};

export interface AccountNumber {
  readonly accountSid: AccountSid;
  /** E.164. */
  readonly number: string;
}

/** Which numbers are on their account's safe list, in their order. One query for a whole batch. */
export async function safeListedAmong(db: Queryable, numbers: readonly AccountNumber[]): Promise<boolean[]> {
  const listed = numbers.map(() => false);
  if (numbers.length === 0) return listed;
  const covering = numbers.map(({ number }) => safeListNumbersFor(number));
  const rows = await db.query<{ position: number }>(amongStatement, [
    plainArray(numbers.map(({ accountSid }) => hexOf(accountSid))),
    textArray(covering.map(([number]) => number)),
    textArray(covering.map(([, thousand]) => thousand)),
  ]);
  for (const row of rows) listed[row.position - 1] = true;
  return listed;
}

/** Is the number on the account's safe list? What blocks numbers must ask this; consent must not. */
export async function isSafeListed(db: Queryable, number: AccountNumber): Promise<boolean> {
  return (await safeListedAmong(db, [number])).includes(true);
}

/** A page of the safe list in the order of its numbers, from behind `after`. */
export async function listSafeList(
  db: Queryable,
  accountSid: AccountSid,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<SafeListEntry[]> {
  const rows = await db.query<EntryRow>(
    "select id, number from safe_list where account_id = $1 and number > $2 order by number limit $3",
    [uuidOf(accountSid), after, limit],
  );
  return rows.map(toEntry);
}
