// Taking texts and media out of messages that are through: because they are old, or because their sender wanted nothing
// kept. What is still to be sent, or to be told to an application, is left alone. Every function runs in the caller's transaction.

import { type AccountSid, type MessageSid, type Uuid, uuidOf } from "../core/ids.ts";
import { completeStatuses } from "../core/messages/changes.ts";
import { plainArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";

// An inbound message's callback row holds its text and its media, too.
const blankCallbacksStatement: Statement = {
  name: "blank_callbacks_of_messages",
  text: `update callbacks set fields = (
      select jsonb_agg(case when field->>0 = 'Body' or field->>0 ~ '^MediaUrl[0-9]+$'
        then jsonb_build_array(field->>0, '') else field end order by position)
      from jsonb_array_elements(fields) with ordinality as each(field, position))
    where account_id = $1 and message_id = any($2::uuid[]) and kind = 'inbound' and state <> 'pending'`,
};

/** Still to be sent; or an application has not been told of it yet. */
const isDue = `(m.due_at is not null or (m.direction = 'inbound' and exists (
  select from callbacks c
  where c.account_id = m.account_id and c.message_id = m.id and c.kind = 'inbound' and c.state = 'pending')))`;

const textsStatement: Statement = {
  name: "retention_page_texts",
  text: `select m.id, ${isDue} as due,
      m.body <> '' or m.num_media > 0 or m.options ? 'contentVariables' as holds
    from messages m where m.account_id = $1 and m.id > $2 and m.id < $3 order by m.id limit $4`,
};

const pendingStatement: Statement = {
  name: "retention_pending_texts",
  text: `select m.id, ${isDue} as due, true as holds from messages m
    where m.account_id = $1 and m.id = any($2::uuid[])`,
};

const blankStatement: Statement = {
  name: "retention_blank_messages",
  text: `update messages set body = '', options = options - 'contentVariables'
    where account_id = $1 and id = any($2::uuid[]) and id >= $3 and id <= $4 and due_at is null returning id`,
};

const dropMediaStatement: Statement = {
  name: "drop_media_of_messages",
  text: "delete from media where account_id = $1 and message_id = any($2::uuid[])",
};

interface TextRow {
  readonly id: Uuid;
  readonly due: boolean;
  readonly holds: boolean;
}

export interface TextsTaken {
  readonly count: number;
  /** Messages that are still to be sent, or to be told to an application. */
  readonly pending: readonly Uuid[];
  /** The last one that was looked at; null: there were none. */
  readonly last: Uuid | null;
  /** There may be more behind it. */
  readonly more: boolean;
}

/** Takes the texts and media out of the messages of a range of ids (both ends exclusive), `limit` at the most. */
export async function takeOldTexts(
  tx: Queryable,
  accountSid: AccountSid,
  range: { readonly after: Uuid; readonly before: Uuid; readonly limit: number },
): Promise<TextsTaken> {
  const { after, before, limit } = range;
  const rows = await tx.query<TextRow & Record<string, unknown>>(textsStatement, [
    uuidOf(accountSid),
    after,
    before,
    limit,
  ]);
  return { ...(await blank(tx, accountSid, rows)), last: rows.at(-1)?.id ?? null, more: rows.length === limit };
}

/** The same for messages that were pending before; those that are gone are pending no more. */
export async function takePendingTexts(
  tx: Queryable,
  accountSid: AccountSid,
  ids: readonly Uuid[],
): Promise<Pick<TextsTaken, "count" | "pending">> {
  if (ids.length === 0) return { count: 0, pending: [] };
  const rows = await tx.query<TextRow & Record<string, unknown>>(pendingStatement, [
    uuidOf(accountSid),
    plainArray(ids),
  ]);
  return blank(tx, accountSid, rows);
}

async function blank(
  tx: Queryable,
  accountSid: AccountSid,
  rows: readonly TextRow[],
): Promise<Pick<TextsTaken, "count" | "pending">> {
  const full = rows.filter(({ due, holds }) => holds && !due).map(({ id }) => id);
  const blanked = full.length === 0 ? [] : await blankMessages(tx, accountSid, full.toSorted());
  const done = new Set(blanked);
  const pending = rows.filter(({ id, due, holds }) => holds && (due || !done.has(id))).map(({ id }) => id);
  return { count: blanked.length, pending };
}

async function blankMessages(tx: Queryable, accountSid: AccountSid, ids: readonly Uuid[]): Promise<Uuid[]> {
  const values = [uuidOf(accountSid), plainArray(ids), ids[0], ids.at(-1)];
  const rows = await tx.query<{ id: Uuid }>(blankStatement, values);
  const blanked = rows.map(({ id }) => id);
  if (blanked.length === 0) return blanked;
  await tx.query(dropMediaStatement, [uuidOf(accountSid), plainArray(blanked)]);
  await tx.query(blankCallbacksStatement, [uuidOf(accountSid), plainArray(blanked)]);
  return blanked;
}

interface MessageName {
  readonly accountSid: AccountSid;
  readonly sid: MessageSid;
}

const discardStatement: Statement = {
  name: "discard_texts",
  text: `update messages m set body = '', options = m.options - 'contentVariables'
    from unnest($1::uuid[], $2::uuid[]) as w(account_id, id)
    where m.account_id = w.account_id and m.id = w.id and m.due_at is null and m.status = any($3::text[])`,
};

const discardMediaStatement: Statement = {
  name: "discard_media",
  text: `delete from media d using unnest($1::uuid[], $2::uuid[]) as w(account_id, id), messages m
    where m.account_id = w.account_id and m.id = w.id and m.due_at is null and m.status = any($3::text[])
      and d.account_id = w.account_id and d.message_id = w.id`,
};

/** Takes the texts and media out of messages that have been handed over for good, or are final. */
export async function discardTexts(tx: Queryable, messages: readonly MessageName[]): Promise<void> {
  if (messages.length === 0) return;
  const values = [
    plainArray(messages.map(({ accountSid }) => hexOf(accountSid))),
    plainArray(messages.map(({ sid }) => hexOf(sid))),
    plainArray(["sent", ...completeStatuses]),
  ];
  await tx.query(discardMediaStatement, values);
  await tx.query(discardStatement, values);
}
