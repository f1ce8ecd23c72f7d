// Reading messages, their media and feedback, always within one account. Lists are keyset pages over the primary key
// (UUIDv7: newest first): no offset, no count, so a page costs the same at its beginning and after millions of rows.

import { type AccountSid, type MessageSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { Message } from "../core/messages/message.ts";
import type { Queryable, Statement } from "./database.ts";
import { type Page, type PageQuery, pageOf } from "./keyset-page.ts";

/** The columns of a Message; `messageOf` reads them. */
export const messageColumns = `account_id, id, direction, status, from_address, to_address, messaging_service_id, body,
  num_segments, num_media, created_at, updated_at, sent_at, error_code, options`;

export interface MessageRow {
  account_id: Uuid;
  id: Uuid;
  direction: Message["direction"];
  status: Message["status"];
  from_address: string | null;
  to_address: string;
  messaging_service_id: Uuid | null;
  body: string;
  num_segments: number;
  num_media: number;
  created_at: Date;
  updated_at: Date;
  sent_at: Date | null;
  error_code: number | null;
  options: Message["options"] | null;
}

const noOptions: Message["options"] = Object.freeze({});

/** A row of `messageColumns` as a Message. The prefix of the SID follows from the media: it never changes. */
export function messageOf(row: MessageRow): Message {
  return {
    accountSid: sidOf("AC", row.account_id),
    sid: sidOf(row.num_media > 0 ? "MM" : "SM", row.id),
    direction: row.direction,
    status: row.status,
    from: row.from_address,
    to: row.to_address,
    messagingServiceSid: row.messaging_service_id === null ? null : sidOf("MG", row.messaging_service_id),
    body: row.body,
    numSegments: row.num_segments,
    numMedia: row.num_media,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    sentAt: row.sent_at,
    errorCode: row.error_code,
    price: null,
    priceUnit: null,
    options: row.options ?? noOptions,
  };
}

/** A SID names a message only with the right prefix: `SM` without media, `MM` with. */
export const prefixMatches = "(num_media > 0) = $3";

/** The three values that name one message: account, id, has media. */
export function messageKey(accountSid: AccountSid, sid: MessageSid): [string, string, boolean] {
  return [uuidOf(accountSid), uuidOf(sid), sid.startsWith("MM")];
}

const findMessageStatement: Statement = {
  name: "find_message",
  text: `select ${messageColumns} from messages where account_id = $1 and id = $2 and ${prefixMatches}`,
};

export async function findMessage(db: Queryable, accountSid: AccountSid, sid: MessageSid): Promise<Message | null> {
  const [row] = await db.query<MessageRow>(findMessageStatement, messageKey(accountSid, sid));
  return row === undefined ? null : messageOf(row);
}

export interface MessageFilter {
  readonly to?: string;
  readonly from?: string;
  /** When it was sent: [sentFromMs, sentBeforeMs), milliseconds since the epoch. */
  readonly sentFromMs?: number;
  readonly sentBeforeMs?: number;
}

export interface MessageListRequest extends PageQuery {
  readonly filter: MessageFilter;
}

/** One page of an account's messages. */
export async function listMessages(
  db: Queryable,
  accountSid: AccountSid,
  { filter, limit, cursor }: MessageListRequest,
): Promise<Page<Message>> {
  const { statement, values } = listStatement(filter, cursor);
  // One row more than asked for says whether there is another page.
  const rows = await db.query<MessageRow>(statement, [uuidOf(accountSid), limit + 1, ...values]);
  return pageOf(rows.map(messageOf), { limit, cursor });
}

// A message is sent after it was made, and at most this much later (35 days of schedule, 10 hours of validity, slack),
// so a range of sending times is also a range of ids: the scan starts near its first hit, whatever lies above. A range
// without any hit costs 0.4 µs for each message of the account that was made in that time.
const sentAfterCreationMaxMs = 37 * 24 * 3600 * 1000;
const clockSlackMs = 3600 * 1000;

/** Each combination of filters is its own prepared statement: at most 48 of them. */
function listStatement(
  filter: MessageFilter,
  cursor: PageQuery["cursor"],
): { statement: Statement; values: unknown[] } {
  const values: unknown[] = [];
  const conditions = ["account_id = $1"];
  const names = ["list_messages"];
  const add = (name: string, value: unknown, ...texts: ((parameter: string) => string)[]): void => {
    names.push(name);
    values.push(value);
    for (const text of texts) conditions.push(text(`$${values.length + 2}`));
  };
  if (filter.to !== undefined) add("to", filter.to, (p) => `to_address = ${p}`);
  if (filter.from !== undefined) add("from", filter.from, (p) => `from_address = ${p}`);
  if (filter.sentFromMs !== undefined) {
    add("since", new Date(filter.sentFromMs), (p) => `sent_at >= ${p}::timestamptz`);
    add("made", uuidAt(filter.sentFromMs - sentAfterCreationMaxMs), (p) => `id >= ${p}::uuid`);
  }
  if (filter.sentBeforeMs !== undefined) {
    add("before", new Date(filter.sentBeforeMs), (p) => `sent_at < ${p}::timestamptz`);
    add("made", uuidAt(filter.sentBeforeMs + clockSlackMs), (p) => `id < ${p}::uuid`);
  }
  const newer = cursor?.direction === "newer";
  if (cursor !== null) add(cursor.direction, cursor.id, (p) => `id ${newer ? ">" : "<"} ${p}::uuid`);
  const text = `select ${messageColumns} from messages where ${conditions.join(" and ")}
    order by id ${newer ? "asc" : "desc"} limit $2`;
  return { statement: { name: names.join("_"), text }, values };
}

const uuidTimeMaxMs = 2 ** 48 - 1;

/** The first UUIDv7 of a moment, as uuid_at() in SQL. */
function uuidAt(ms: number): string {
  const clamped = Math.min(Math.max(Math.floor(ms), 0), uuidTimeMaxMs);
  const hex = clamped.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
