// What the native API shows of messages beyond the message itself: its attempts and events, and lists by status.
// Always within one account.

import { type AccountSid, type MessageSid, type Uuid, uuidOf } from "../core/ids.ts";
import type { Message, MessageStatus } from "../core/messages/message.ts";
import { listCallbacks, type StoredCallback } from "./callbacks.ts";
import type { Queryable, Statement } from "./database.ts";
import { findMessage, type MessageRow, messageColumns, messageOf } from "./message-queries.ts";

export interface MessageAttempt {
  readonly attempt: number;
  readonly providerId: Uuid;
  /** Null: the provider has been deleted. */
  readonly providerName: string | null;
  readonly from: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** Null while it is open. */
  readonly outcome: string | null;
  readonly errorCode: number | null;
  readonly reason: string | null;
  readonly carrierMessageId: string | null;
}

export interface TimelineEvent {
  readonly id: Uuid;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>> | null;
}

export interface MessageDetail {
  readonly message: Message;
  /** Oldest first, like the others. */
  readonly attempts: readonly MessageAttempt[];
  readonly events: readonly TimelineEvent[];
  readonly callbacks: readonly StoredCallback[];
}

const attemptsStatement: Statement = {
  name: "list_attempts",
  text: `
    select a.attempt, a.provider_id, p.name as provider_name, a.from_address, a.started_at, a.finished_at, a.outcome,
      a.error_code, a.reason, a.carrier_message_id
    from attempts a left join providers p on p.account_id = a.account_id and p.id = a.provider_id
    where a.account_id = $1 and a.message_id = $2 order by a.attempt`,
};

const eventsStatement: Statement = {
  name: "list_events",
  text: "select id, type, data from events where account_id = $1 and message_id = $2 order by id",
};

interface AttemptRow {
  attempt: number;
  provider_id: Uuid;
  provider_name: string | null;
  from_address: string;
  started_at: Date;
  finished_at: Date | null;
  outcome: string | null;
  error_code: number | null;
  reason: string | null;
  carrier_message_id: string | null;
}

/** The message with everything that happened to it; null if the account has no such message. */
export async function findMessageDetail(
  db: Queryable,
  accountSid: AccountSid,
  sid: MessageSid,
): Promise<MessageDetail | null> {
  const key = [uuidOf(accountSid), uuidOf(sid)];
  const [message, attempts, events, callbacks] = await Promise.all([
    findMessage(db, accountSid, sid),
    db.query<AttemptRow & Record<string, unknown>>(attemptsStatement, key),
    db.query<TimelineEvent & Record<string, unknown>>(eventsStatement, key),
    listCallbacks(db, accountSid, sid),
  ]);
  if (message === null) return null;
  return { message, attempts: attempts.map(attemptOf), events, callbacks };
}

function attemptOf(row: AttemptRow): MessageAttempt {
  return {
    attempt: row.attempt,
    providerId: row.provider_id,
    providerName: row.provider_name,
    from: row.from_address,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    outcome: row.outcome,
    errorCode: row.error_code,
    reason: row.reason,
    carrierMessageId: row.carrier_message_id,
  };
}

export interface StatusListRequest {
  readonly status: MessageStatus;
  readonly to?: string;
  readonly from?: string;
  /** Only messages older than this one; null: from the newest on. */
  readonly before: Uuid | null;
  readonly limit: number;
}

export interface StatusPage {
  /** Newest first; may be fewer than asked for although there are more. */
  readonly items: readonly Message[];
  /** `before` of the next page; null on the last. */
  readonly next: Uuid | null;
}

/** Rows that one page looks through: no index leads by status, and a rare one must not scan millions of rows. */
const scannedMax = 20_000;

/** One page of the messages in a status. */
export async function listMessagesByStatus(
  db: Queryable,
  accountSid: AccountSid,
  { status, to, from, before, limit }: StatusListRequest,
): Promise<StatusPage> {
  const values: unknown[] = [uuidOf(accountSid), scannedMax, status, limit + 1];
  const conditions = ["account_id = $1"];
  const names = ["list_messages_by_status"];
  const add = (name: string, value: unknown, condition: string): void => {
    values.push(value);
    names.push(name);
    conditions.push(`${condition} $${values.length}`);
  };
  if (to !== undefined) add("to", to, "to_address =");
  if (from !== undefined) add("from", from, "from_address =");
  if (before !== null) add("before", before, "id <");
  const rows = await db.query<MessageRow & { scanned: number; last_id: Uuid } & Record<string, unknown>>(
    {
      name: names.join("_"),
      text: `
        with looked_at as materialized (
          select id, status from messages where ${conditions.join(" and ")} order by id desc limit $2
        ), edge as (
          select (select count(*) from looked_at)::int as scanned,
            (select id from looked_at order by id limit 1) as last_id
        )
        select found.*, edge.scanned, edge.last_id
        from edge left join (
          select ${messageColumns} from messages
          where account_id = $1 and id in (select id from looked_at where status = $3 order by id desc limit $4)
        ) as found on true
        order by found.id desc`,
    },
    values,
  );
  const found = rows.filter((row) => row.id !== null).map(messageOf);
  const items = found.slice(0, limit);
  const lastItem = items.at(-1);
  if (found.length > limit && lastItem !== undefined) return { items, next: uuidOf(lastItem.sid) };
  const edge = rows[0];
  return { items, next: edge !== undefined && edge.scanned >= scannedMax ? edge.last_id : null };
}
