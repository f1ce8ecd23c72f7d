// Changes that a caller makes to a stored message: cancel, redact, delete. Each is decided by the WHERE of one
// statement, so that a race with dispatch or a delivery report has one winner; the functions resolve to null when the
// guard did not hold, and the caller finds out why. They must run in a transaction, with the event and audit rows.

import { type AccountSid, type MessageSid, newUuid, uuidOf } from "../core/ids.ts";
import { cancelableStatuses, completeStatuses, reportsAwaitedMs } from "../core/messages/changes.ts";
import type { Message } from "../core/messages/message.ts";
import type { Queryable, Statement } from "./database.ts";
import { type MessageRow, messageColumns, messageKey, messageOf, prefixMatches } from "./message-queries.ts";

const isThisMessage = `account_id = $1 and id = $2 and ${prefixMatches}`;
// Final, or sent so long ago that no report will come.
const isCompleteSql = "(status = any($4::text[]) or (status = 'sent' and sent_at <= $5::timestamptz))";

const cancelStatement: Statement = {
  name: "cancel_message",
  // A worker that has claimed the row stores an attempt, and with it `sending`, before it calls the carrier: whichever
  // of the two updates comes first decides. The new claim number keeps the worker from putting it back into the queue.
  text: `update messages set status = 'canceled', due_at = null, claim = claim + 1, updated_at = $5
    where ${isThisMessage} and status = any($4::text[])
    returning ${messageColumns}, status_callback`,
};

export interface CanceledMessage {
  readonly message: Message;
  /** Where the change is to be reported; null: nowhere. */
  readonly statusCallback: string | null;
}

/** Cancels a message that waits for its time. Null: there is none, or it cannot be cancelled (any more). */
export async function cancelMessage(
  tx: Queryable,
  accountSid: AccountSid,
  sid: MessageSid,
  at: Date,
): Promise<CanceledMessage | null> {
  const [row] = await tx.query<MessageRow & { status_callback: string | null }>(cancelStatement, [
    ...messageKey(accountSid, sid),
    cancelableStatuses,
    at,
  ]);
  return row === undefined ? null : { message: messageOf(row), statusCallback: row.status_callback };
}

const redactStatement: Statement = {
  name: "redact_message",
  text: `update messages set body = '', options = options - 'contentVariables', updated_at = $6
    where ${isThisMessage} and ${isCompleteSql} returning ${messageColumns}`,
};

// An inbound message's callback row holds its text, too. Its retries go on, without the text.
const blankCallbacksStatement: Statement = {
  name: "blank_inbound_callbacks",
  text: `update callbacks set fields = (
      select jsonb_agg(case when field->>0 = 'Body' then '["Body", ""]'::jsonb else field end order by position)
      from jsonb_array_elements(fields) with ordinality as each(field, position))
    where account_id = $1 and message_id = $2 and kind = 'inbound'`,
};

/** Takes the text out of a complete message, and out of its callback rows. Null: there is none, or not complete yet. */
export async function redactMessage(
  tx: Queryable,
  accountSid: AccountSid,
  sid: MessageSid,
  at: Date,
): Promise<Message | null> {
  const [row] = await tx.query<MessageRow>(redactStatement, [...completeKey(accountSid, sid, at), at]);
  if (row === undefined) return null;
  await tx.query(blankCallbacksStatement, [uuidOf(accountSid), uuidOf(sid)]);
  return messageOf(row);
}

const deleteStatement: Statement = {
  name: "delete_message",
  text: `delete from messages where ${isThisMessage} and ${isCompleteSql} returning status`,
};

// Callbacks that are still to be delivered report something that happened: they stay until they are through.
const deleteRestStatements: readonly Statement[] = [
  { name: "delete_message_media", text: "delete from media where account_id = $1 and message_id = $2" },
  { name: "delete_message_feedback", text: "delete from message_feedback where account_id = $1 and message_id = $2" },
  { name: "delete_message_attempts", text: "delete from attempts where account_id = $1 and message_id = $2" },
  { name: "delete_message_events", text: "delete from events where account_id = $1 and message_id = $2" },
  {
    name: "delete_message_decisions",
    text: "delete from protection_decisions where account_id = $1 and message_id = $2",
  },
  {
    name: "delete_message_callbacks",
    text: "delete from callbacks where account_id = $1 and message_id = $2 and state <> 'pending'",
  },
  blankCallbacksStatement,
];

/** Deletes a complete message and what belongs to it; resolves to the status it had. Null: none, or not complete yet. */
export async function deleteMessage(
  tx: Queryable,
  accountSid: AccountSid,
  sid: MessageSid,
  at: Date,
): Promise<Message["status"] | null> {
  const [row] = await tx.query<{ status: Message["status"] }>(deleteStatement, completeKey(accountSid, sid, at));
  if (row === undefined) return null;
  for (const statement of deleteRestStatements) await tx.query(statement, [uuidOf(accountSid), uuidOf(sid)]);
  return row.status;
}

function completeKey(accountSid: AccountSid, sid: MessageSid, at: Date): unknown[] {
  return [...messageKey(accountSid, sid), completeStatuses, new Date(at.getTime() - reportsAwaitedMs)];
}

const insertEventStatement: Statement = {
  name: "insert_event",
  text: "insert into events (account_id, id, message_id, type, data) values ($1, $2, $3, $4, $5)",
};

/** One line in the message's timeline, for a change that a caller made. */
export async function insertEvent(
  tx: Queryable,
  accountSid: AccountSid,
  sid: MessageSid,
  event: { readonly type: string; readonly data?: Readonly<Record<string, unknown>> },
): Promise<void> {
  await tx.query(insertEventStatement, [
    uuidOf(accountSid),
    newUuid(),
    uuidOf(sid),
    event.type,
    event.data === undefined ? null : JSON.stringify(event.data),
  ]);
}
