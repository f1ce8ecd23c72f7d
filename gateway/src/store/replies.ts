// Automatic replies: how many a pair of addresses has seen lately, which tells two machines that answer each other from
// a conversation; and those that were not sent because of it.

import { type AccountSid, newUuid, uuidOf } from "../core/ids.ts";
import { plainArray, textArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf, type NewMessage } from "./message-insert.ts";

// messages_by_to, two range scans; ids are UUIDv7, so `since` bounds them to the newest few and to one or two partitions.
const countStatement: Statement = {
  name: "count_recent_replies",
  text: `
    select sum(n)::int as count from (
      select count(*) as n from messages
      where account_id = $1 and to_address = $2 and from_address = $3 and direction = 'outbound-reply'
        and id >= uuid_at($4)
      union all
      select count(*) from messages
      where account_id = $1 and to_address = $3 and from_address = $2 and direction = 'outbound-reply'
        and id >= uuid_at($4)
    ) as both_ways`,
};

/** Replies between two addresses, in either direction, made since then. */
export async function countReplies(
  db: Queryable,
  accountSid: AccountSid,
  pair: { readonly from: string; readonly to: string },
  since: Date,
): Promise<number> {
  const [row] = await db.query<{ count: number }>(countStatement, [uuidOf(accountSid), pair.to, pair.from, since]);
  return row?.count ?? 0;
}

const insertFailedStatement: Statement = {
  name: "insert_failed_replies",
  text: `
    with n as (
      select * from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::text[], $9::smallint[],
        $10::text[], $11::uuid[])
        as n(account_id, id, from_address, to_address, sender_id, body, num_segments, status_callback, event_id)
    ), stored as (
      insert into messages (account_id, id, direction, status, from_address, to_address, sender_id, body, num_segments,
        num_media, created_at, updated_at, error_code, status_callback)
      select account_id, id, 'outbound-reply', 'failed', from_address, to_address, sender_id, body, num_segments, 0, $1,
        $1, $2, status_callback
      from n
    )
    insert into events (account_id, id, message_id, type, data)
    select account_id, event_id, id, 'message.failed', jsonb_build_object('errorCode', $2::integer) from n`,
};

/** Stores replies that are not sent: failed with this code, for people to see. Their media are left out. */
export async function insertFailedReplies(
  tx: Queryable,
  replies: readonly NewMessage[],
  errorCode: number,
  now: Date,
): Promise<void> {
  if (replies.length === 0) return;
  await tx.query(insertFailedStatement, [
    now,
    errorCode,
    plainArray(replies.map((reply) => hexOf(reply.accountSid))),
    plainArray(replies.map((reply) => hexOf(reply.sid))),
    textArray(replies.map((reply) => reply.from)),
    textArray(replies.map((reply) => reply.to)),
    plainArray(replies.map((reply) => reply.senderId)),
    textArray(replies.map((reply) => reply.body)),
    plainArray(replies.map((reply) => reply.numSegments)),
    textArray(replies.map((reply) => reply.statusCallback)),
    plainArray(replies.map(() => newUuid())),
  ]);
}
