// Earlier attempts of messages: read when a claim finds that somebody has tried before.

import type { AccountSid, MessageSid, Uuid } from "../core/ids.ts";
import { plainArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";
import type { AttemptOutcome } from "./queue.ts";

export interface Attempt {
  /** The message's UUID, with hyphens. */
  readonly messageId: Uuid;
  readonly attempt: number;
  readonly providerId: Uuid;
  readonly from: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** Null: the intent was stored and nothing is known of what came of it. */
  readonly outcome: AttemptOutcome | null;
  readonly errorCode: number | null;
  readonly reason: string | null;
  readonly carrierMessageId: string | null;
}

interface AttemptRow {
  message_id: Uuid;
  attempt: number;
  provider_id: Uuid;
  from_address: string;
  started_at: Date;
  finished_at: Date | null;
  outcome: AttemptOutcome | null;
  error_code: number | null;
  reason: string | null;
  carrier_message_id: string | null;
}

const loadStatement: Statement = {
  name: "load_attempts",
  text: `
    select a.message_id, a.attempt, a.provider_id, a.from_address, a.started_at, a.finished_at, a.outcome, a.error_code,
      a.reason, a.carrier_message_id
    from unnest($1::uuid[], $2::uuid[]) as w(account_id, message_id)
    join attempts a on a.account_id = w.account_id and a.message_id = w.message_id
    order by a.message_id, a.attempt`,
};

/** The attempts of several messages, oldest first per message. */
export async function loadAttempts(
  db: Queryable,
  messages: readonly { readonly accountSid: AccountSid; readonly sid: MessageSid }[],
): Promise<Attempt[]> {
  if (messages.length === 0) return [];
  const rows = await db.query<AttemptRow & Record<string, unknown>>(loadStatement, [
    plainArray(messages.map((message) => hexOf(message.accountSid))),
    plainArray(messages.map((message) => hexOf(message.sid))),
  ]);
  return rows.map((row) => ({
    messageId: row.message_id,
    attempt: row.attempt,
    providerId: row.provider_id,
    from: row.from_address,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    outcome: row.outcome,
    errorCode: row.error_code,
    reason: row.reason,
    carrierMessageId: row.carrier_message_id,
  }));
}
