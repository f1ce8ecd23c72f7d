// What the native API shows of messages beyond the message itself: its attempts, events and callbacks.
// Always within one account.

import { type AccountSid, type MessageSid, type Uuid, uuidOf } from "../core/ids.ts";
import type { Message } from "../core/messages/message.ts";
import { listCallbacks, type StoredCallback } from "./callbacks.ts";
import type { Queryable, Statement } from "./database.ts";
import { findMessage } from "./message-queries.ts";

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
  /** When the queue has it next; null: it is not in the queue. */
  readonly dueAt: Date | null;
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

const dueStatement: Statement = {
  name: "read_message_due",
  text: "select due_at from messages where account_id = $1 and id = $2",
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
  const [message, due, attempts, events, callbacks] = await Promise.all([
    findMessage(db, accountSid, sid),
    db.query<{ due_at: Date | null }>(dueStatement, key),
    db.query<AttemptRow & Record<string, unknown>>(attemptsStatement, key),
    db.query<TimelineEvent & Record<string, unknown>>(eventsStatement, key),
    listCallbacks(db, accountSid, sid),
  ]);
  if (message === null) return null;
  return { message, dueAt: due[0]?.due_at ?? null, attempts: attempts.map(attemptOf), events, callbacks };
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
