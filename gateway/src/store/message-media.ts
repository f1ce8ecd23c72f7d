// The media and the feedback of messages, always within one account.

import { type AccountSid, type MessageSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable, Statement } from "./database.ts";

export interface Media {
  readonly accountSid: AccountSid;
  readonly messageSid: MessageSid;
  readonly id: Uuid;
  /** Where the bytes are. */
  readonly url: string;
  readonly contentType: string;
  readonly createdAt: Date;
}

interface MediaRow {
  account_id: Uuid;
  message_id: Uuid;
  id: Uuid;
  url: string;
  content_type: string;
  created_at: Date;
}

function mediaOf(row: MediaRow): Media {
  return {
    accountSid: sidOf("AC", row.account_id),
    messageSid: sidOf("MM", row.message_id),
    id: row.id,
    url: row.url,
    contentType: row.content_type,
    createdAt: row.created_at,
  };
}

const listMediaStatement: Statement = {
  name: "list_media",
  text: `select account_id, message_id, id, url, content_type, created_at from media
    where account_id = $1 and message_id = $2 order by position, id`,
};

/** All media of a message, in their order: ten at most. */
export async function listMedia(db: Queryable, accountSid: AccountSid, messageSid: MessageSid): Promise<Media[]> {
  const rows = await db.query<MediaRow>(listMediaStatement, [uuidOf(accountSid), uuidOf(messageSid)]);
  return rows.map(mediaOf);
}

/** Resolves to false if there is no such item. The message's own count stays: its SID follows from it. */
export async function deleteMedia(
  db: Queryable,
  accountSid: AccountSid,
  messageSid: MessageSid,
  mediaId: Uuid,
): Promise<boolean> {
  const rows = await db.query("delete from media where account_id = $1 and message_id = $2 and id = $3 returning 1", [
    uuidOf(accountSid),
    uuidOf(messageSid),
    mediaId,
  ]);
  return rows.length > 0;
}

export type FeedbackOutcome = "confirmed" | "unconfirmed";

export interface Feedback {
  readonly outcome: FeedbackOutcome;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Stores feedback; a second one replaces the outcome. The message must exist: the caller checks. */
export async function saveFeedback(
  db: Queryable,
  accountSid: AccountSid,
  messageSid: MessageSid,
  { outcome, at }: { readonly outcome: FeedbackOutcome; readonly at: Date },
): Promise<Feedback> {
  const [row] = await db.query<{ created_at: Date; updated_at: Date }>(
    `insert into message_feedback (account_id, message_id, outcome, created_at, updated_at) values ($1, $2, $3, $4, $4)
     on conflict (account_id, message_id) do update set outcome = excluded.outcome, updated_at = excluded.updated_at
     returning created_at, updated_at`,
    [uuidOf(accountSid), uuidOf(messageSid), outcome, at],
  );
  return { outcome, createdAt: row?.created_at ?? at, updatedAt: row?.updated_at ?? at };
}

const mediaUrlsStatement: Statement = {
  name: "media_urls",
  text: `
    select m.message_id, m.url
    from unnest($1::uuid[], $2::uuid[]) as w(account_id, message_id)
    join media m on m.account_id = w.account_id and m.message_id = w.message_id
    order by m.message_id, m.position`,
};

/** The media of several messages, in their order. */
export async function listMediaUrls(
  db: Queryable,
  messages: readonly { readonly accountSid: AccountSid; readonly sid: MessageSid }[],
): Promise<ReadonlyMap<MessageSid, readonly string[]>> {
  if (messages.length === 0) return new Map();
  const rows = await db.query<{ message_id: Uuid; url: string }>(mediaUrlsStatement, [
    messages.map((message) => uuidOf(message.accountSid)),
    messages.map((message) => uuidOf(message.sid)),
  ]);
  const bySid = Map.groupBy(rows, (row) => sidOf<MessageSid>("MM", row.message_id));
  return new Map([...bySid].map(([sid, media]) => [sid, media.map((item) => item.url)]));
}
