// Forgetting rows of one account by age, in batches: a page of keys is read in key order (so that it costs the same with
// millions of rows), then exactly those are deleted or blanked. Keys are UUIDv7: age is key order. Messages that are still
// to be sent, or wait for their delivery report, are never touched. Every function runs in the caller's short transaction.

import { type AccountSid, firstUuidAt, type Uuid, uuidOf, uuidTimeMs } from "../core/ids.ts";
import { completeStatuses, reportsAwaitedMs } from "../core/messages/changes.ts";
import { plainArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";

export interface KeyRange {
  /** Exclusive. */
  readonly after: Uuid;
  /** Exclusive. */
  readonly before: Uuid;
  readonly limit: number;
}

/** What a batch did. */
export interface Swept {
  /** Rows that went. */
  readonly count: number;
  /** Where the next batch goes on; null: there is none. */
  readonly next: Uuid | null;
}

const pageStatement: Statement = {
  name: "retention_page_messages",
  // Final, or sent so long ago that no report will come: as who deletes a message by hand may.
  text: `select id from messages where account_id = $1 and id > $2 and id < $3 and due_at is null
      and (status = any($5::text[]) or (status = 'sent' and sent_at <= $6::timestamptz))
    order by id limit $4 for update skip locked`,
};

const ofPage = "account_id = $1 and message_id = any($2::uuid[])";
/** With the message goes what belongs to it. */
const deleteStatements: readonly Statement[] = [
  {
    name: "retention_delete_messages",
    text: "delete from messages where account_id = $1 and id = any($2::uuid[]) and id >= $3 and id <= $4",
  },
  {
    name: "retention_delete_attempts",
    text: `delete from attempts where ${ofPage} and message_id >= $3 and message_id <= $4`,
  },
];
// An event is younger than its message, but for clocks that differ.
const deleteEventsStatement: Statement = {
  name: "retention_delete_events_of",
  text: `delete from events where ${ofPage} and id >= $3`,
};
const clockSlackMs = 3_600_000;
// Callbacks that are still to be delivered report something that happened: they go by their own age once they are through.
const deleteRestStatements: readonly Statement[] = [
  { name: "retention_delete_media_of", text: `delete from media where ${ofPage}` },
  { name: "retention_delete_feedback_of", text: `delete from message_feedback where ${ofPage}` },
  { name: "retention_delete_callbacks_of", text: `delete from callbacks where ${ofPage} and state <> 'pending'` },
  {
    name: "retention_delete_sandbox_of",
    text: `delete from sandbox_messages where ${ofPage} and direction = 'to-handset'`,
  },
  { name: "retention_delete_report_polls_of", text: `delete from report_polls where ${ofPage}` },
  { name: "retention_delete_decisions_of", text: `delete from protection_decisions where ${ofPage}` },
  { name: "retention_delete_masking_of", text: `delete from address_masking where ${ofPage}` },
];

/** Deletes old messages with everything that belongs to them, as far as nothing more is going to happen to them. */
export async function deleteOldMessages(
  tx: Queryable,
  accountSid: AccountSid,
  range: KeyRange & { readonly nowMs: number },
): Promise<Swept> {
  const accountId = uuidOf(accountSid);
  const { after, before, limit, nowMs } = range;
  const complete = [plainArray(completeStatuses), new Date(nowMs - reportsAwaitedMs)];
  const page = await tx.query<{ id: Uuid }>(pageStatement, [accountId, after, before, limit, ...complete]);
  const ids = page.map((row) => row.id);
  const [first] = ids;
  const last = ids.at(-1);
  if (first === undefined || last === undefined) return { count: 0, next: null };
  const list = plainArray(ids);
  for (const statement of deleteStatements) await tx.query(statement, [accountId, list, first, last]);
  await tx.query(deleteEventsStatement, [accountId, list, firstUuidAt(uuidTimeMs(first) - clockSlackMs)]);
  for (const statement of deleteRestStatements) await tx.query(statement, [accountId, list]);
  return { count: ids.length, next: ids.length < range.limit ? null : last };
}

export type AgedTable = "events" | "callbacks" | "sandbox_messages";

/** What goes by its own age. */
const aged: Readonly<Record<AgedTable, { readonly page: Statement; readonly remove: Statement }>> = {
  events: agedStatements("events", ""),
  callbacks: agedStatements("callbacks", "and state <> 'pending'"),
  sandbox_messages: agedStatements("sandbox_messages", ""),
};

function agedStatements(table: AgedTable, condition: string) {
  return {
    page: {
      name: `retention_page_${table}`,
      text: `select id from ${table} where account_id = $1 and id > $2 and id < $3 ${condition} order by id limit $4`,
    },
    remove: {
      name: `retention_delete_${table}`,
      text: `delete from ${table}
        where account_id = $1 and id = any($2::uuid[]) and id >= $3 and id <= $4 ${condition}`,
    },
  };
}

export async function deleteAged(
  tx: Queryable,
  table: AgedTable,
  accountSid: AccountSid,
  range: KeyRange,
): Promise<Swept> {
  const { page, remove } = aged[table];
  const accountId = uuidOf(accountSid);
  const rows = await tx.query<{ id: Uuid }>(page, [accountId, range.after, range.before, range.limit]);
  const last = rows.at(-1)?.id;
  if (last === undefined) return { count: 0, next: null };
  const ids = plainArray(rows.map((row) => row.id));
  await tx.query(remove, [accountId, ids, rows[0]?.id, last]);
  return { count: rows.length, next: rows.length < range.limit ? null : last };
}

/** What is left of messages that went with their month. */
const orphans = ["media", "message_feedback", "report_polls", "protection_decisions", "address_masking"] as const;
export type OrphanTable = (typeof orphans)[number];
export const orphanTables: readonly OrphanTable[] = orphans;

export async function deleteOrphans(
  tx: Queryable,
  table: OrphanTable,
  accountSid: AccountSid,
  range: KeyRange,
): Promise<Swept> {
  const accountId = uuidOf(accountSid);
  const rows = await tx.query<{ message_id: Uuid }>(
    {
      name: `retention_orphans_of_${table}`,
      text: `select o.message_id from ${table} o
        where o.account_id = $1 and o.message_id > $2 and o.message_id < $3
          and not exists (select from messages m where m.account_id = o.account_id and m.id = o.message_id)
        order by o.message_id limit $4`,
    },
    [accountId, range.after, range.before, range.limit],
  );
  const last = rows.at(-1)?.message_id;
  if (last === undefined) return { count: 0, next: null };
  await tx.query({ name: `retention_delete_orphans_of_${table}`, text: `delete from ${table} where ${ofPage}` }, [
    accountId,
    plainArray(rows.map((row) => row.message_id)),
  ]);
  return { count: rows.length, next: rows.length < range.limit ? null : last };
}
