// Storing inbound messages: row, media and event, in the caller's transaction.

import type { Uuid } from "../core/ids.ts";
import { newUuid } from "../core/ids.ts";
import type { Message } from "../core/messages/message.ts";
import { plainArray, textArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";

export interface InboundRow {
  readonly message: Message;
  readonly senderId: Uuid;
  /** Kept with the event: by which way it came. */
  readonly origin: Readonly<Record<string, string>> | null;
  readonly media: readonly { readonly id: Uuid; readonly url: string; readonly contentType: string }[];
}

const insertStatement: Statement = {
  name: "insert_inbound",
  text: `
    with n as (
      select * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::text[],
        $9::smallint[], $10::smallint[], $11::uuid[], $12::text[])
        as n(account_id, id, from_address, to_address, sender_id, service_id, body, num_segments, num_media, event_id,
          origin)
    ), stored as (
      insert into messages (account_id, id, direction, status, from_address, to_address, sender_id,
        messaging_service_id, body, num_segments, num_media, created_at, updated_at, sent_at)
      select account_id, id, 'inbound', 'received', from_address, to_address, sender_id, service_id, body, num_segments,
        num_media, $1, $1, $1
      from n
    )
    insert into events (account_id, id, message_id, type, data)
    select account_id, event_id, id, 'message.received', origin::jsonb from n`,
};

const insertMediaStatement: Statement = {
  name: "insert_inbound_media",
  text: `
    insert into media (account_id, message_id, id, position, url, content_type, created_at)
    select n.account_id, n.message_id, n.id, n.position, n.url, n.content_type, $1
    from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::smallint[], $6::text[], $7::text[])
      as n(account_id, message_id, id, position, url, content_type)`,
};

export async function insertInbound(tx: Queryable, rows: readonly InboundRow[], now: Date): Promise<void> {
  const messages = rows.map((row) => row.message);
  await tx.query(insertStatement, [
    now,
    plainArray(messages.map((message) => hexOf(message.accountSid))),
    plainArray(messages.map((message) => hexOf(message.sid))),
    textArray(messages.map((message) => message.from)),
    textArray(messages.map((message) => message.to)),
    plainArray(rows.map((row) => row.senderId)),
    plainArray(messages.map(({ messagingServiceSid }) => messagingServiceSid && hexOf(messagingServiceSid))),
    textArray(messages.map((message) => message.body)),
    plainArray(messages.map((message) => message.numSegments)),
    plainArray(messages.map((message) => message.numMedia)),
    plainArray(messages.map(() => newUuid())),
    textArray(rows.map(({ origin }) => origin && JSON.stringify(origin))),
  ]);
  const media = rows.flatMap(({ message, media: items }) =>
    items.map((item, position) => ({ ...item, position, accountSid: message.accountSid, sid: message.sid })),
  );
  if (media.length === 0) return;
  await tx.query(insertMediaStatement, [
    now,
    plainArray(media.map((item) => hexOf(item.accountSid))),
    plainArray(media.map((item) => hexOf(item.sid))),
    plainArray(media.map((item) => item.id)),
    plainArray(media.map((item) => item.position)),
    textArray(media.map((item) => item.url)),
    textArray(media.map((item) => item.contentType)),
  ]);
}
