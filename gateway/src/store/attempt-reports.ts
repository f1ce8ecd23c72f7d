// What providers report on attempts: read under the lock of the message row, so that reports, outcomes and new attempts
// of one message come one after the other, and written back in the same transaction.

import type { AccountSid, MessageSid, Uuid } from "../core/ids.ts";
import type { MessageStatus } from "../core/messages/message.ts";
import type { ReportedAttempt } from "../core/reports/judge-report.ts";
import type { ReportStatus } from "../core/reports/upstream-status.ts";
import { plainArray, textArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { inLockOrder } from "./lock-order.ts";
import { matchAnswered } from "./match-answered.ts";
import { hexOf } from "./message-insert.ts";

export interface AttemptName {
  readonly accountSid: AccountSid;
  readonly messageSid: MessageSid;
  readonly attempt: number;
}

export interface LockedMessage {
  readonly id: Uuid;
  status: MessageStatus;
  readonly attempts: (ReportedAttempt & { readonly providerId: Uuid })[];
}

// Outcomes lock the message before its attempts, too.
const lockStatement: Statement = {
  name: "lock_reported_messages",
  text: `
    select m.id, m.status from unnest($1::uuid[], $2::uuid[]) as w(account_id, id)
    join messages m on m.account_id = w.account_id and m.id = w.id
    order by m.id for no key update of m`,
};

const attemptsStatement: Statement = {
  name: "reported_attempts",
  text: `
    select a.message_id, a.attempt, a.provider_id, a.outcome, a.reported
    from unnest($1::uuid[], $2::uuid[]) as w(account_id, id)
    join attempts a on a.account_id = w.account_id and a.message_id = w.id
    order by a.message_id, a.attempt`,
};

interface AttemptRow {
  message_id: Uuid;
  attempt: number;
  provider_id: Uuid;
  outcome: string | null;
  reported: ReportStatus | null;
}

/** The messages that exist, locked until the end of the transaction, by their UUIDs. Each is to be named once. */
export async function lockReportedMessages(
  tx: Queryable,
  messages: readonly Omit<AttemptName, "attempt">[],
): Promise<Map<Uuid, LockedMessage>> {
  const sorted = inLockOrder(messages, (message) => message.messageSid);
  const keys = [
    plainArray(sorted.map((message) => hexOf(message.accountSid))),
    plainArray(sorted.map((message) => hexOf(message.messageSid))),
  ];
  const rows = await tx.query<{ id: Uuid; status: MessageStatus }>(lockStatement, keys);
  const locked = new Map(rows.map(({ id, status }): [Uuid, LockedMessage] => [id, { id, status, attempts: [] }]));
  // A statement of its own: it sees what was committed while the locks were waited for.
  for (const row of await tx.query<AttemptRow & Record<string, unknown>>(attemptsStatement, keys)) {
    const { attempt, provider_id: providerId, outcome, reported } = row;
    locked.get(row.message_id)?.attempts.push({ attempt, providerId, outcome, reported });
  }
  return locked;
}

export interface AttemptSettlement extends AttemptName {
  readonly providerId: Uuid;
  /** The provider has it after all. */
  readonly settles: boolean;
  readonly reported: ReportStatus | null;
  readonly carrierMessageId: string;
}

const settleStatement: Statement = {
  name: "settle_reported_attempts",
  text: `
    update attempts a
    set outcome = case when s.settles then 'adopted' else a.outcome end,
      finished_at = case when s.settles then $1 else a.finished_at end,
      error_code = case when s.settles then null else a.error_code end,
      carrier_message_id = coalesce(a.carrier_message_id, s.carrier_message_id),
      reported = s.reported
    from unnest($2::uuid[], $3::uuid[], $4::integer[], $5::boolean[], $6::text[], $7::text[])
      as s(account_id, message_id, attempt, settles, reported, carrier_message_id)
    where a.account_id = s.account_id and a.message_id = s.message_id and a.attempt = s.attempt`,
};

// No other attempt is to adopt the provider's message when it is looked for by its content, nor to keep it.
const matchStatement: Statement = {
  name: "match_reported_messages",
  text: `
    with reported as (
      select * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::integer[])
        as r(account_id, provider_id, carrier_message_id, message_id, attempt)
    ), ${matchAnswered("reported")}
    select 1 as matched`,
};

/** Each attempt at most once. */
export async function settleAttempts(
  tx: Queryable,
  settlements: readonly AttemptSettlement[],
  now: Date,
): Promise<void> {
  if (settlements.length === 0) return;
  const adopted = settlements.filter(({ settles }) => settles);
  if (adopted.length > 0) {
    await tx.query(matchStatement, [
      now,
      plainArray(adopted.map((one) => hexOf(one.accountSid))),
      plainArray(adopted.map((one) => one.providerId)),
      textArray(adopted.map((one) => one.carrierMessageId)),
      plainArray(adopted.map((one) => hexOf(one.messageSid))),
      plainArray(adopted.map((one) => one.attempt)),
    ]);
  }
  await tx.query(settleStatement, [
    now,
    plainArray(settlements.map((one) => hexOf(one.accountSid))),
    plainArray(settlements.map((one) => hexOf(one.messageSid))),
    plainArray(settlements.map((one) => one.attempt)),
    plainArray(settlements.map((one) => one.settles)),
    plainArray(settlements.map((one) => one.reported)),
    textArray(settlements.map((one) => one.carrierMessageId)),
  ]);
}

const recallStatement: Statement = {
  name: "recall_messages",
  text: `
    update messages m set status = 'sending', updated_at = $1
    from unnest($2::uuid[], $3::uuid[]) as r(account_id, id)
    where m.account_id = r.account_id and m.id = r.id and m.status = 'queued'`,
};

/**
 * Takes messages that wait to be sent again out of the queue's hands: as being sent, so that the report can be applied.
 * Whoever claims one later finds that an attempt has it.
 */
export async function recallMessages(
  tx: Queryable,
  messages: readonly Omit<AttemptName, "attempt">[],
  now: Date,
): Promise<void> {
  if (messages.length === 0) return;
  await tx.query(recallStatement, [
    now,
    plainArray(messages.map((message) => hexOf(message.accountSid))),
    plainArray(messages.map((message) => hexOf(message.messageSid))),
  ]);
}
