// Masking the recipients of messages whose sender wanted that: noted when the message is handed over, done when nothing
// more is going to happen to it and its callbacks are through. What has not come so far is looked at again later and later.

import { type AccountSid, type MessageSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import { completeStatuses, reportsAwaitedMs } from "../core/messages/changes.ts";
import { maskAddress } from "../core/retention/limits.ts";
import { plainArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";

const noteStatement: Statement = {
  name: "note_address_masking",
  text: `insert into address_masking (account_id, message_id, due_at)
    select account_id, id, $3 from unnest($1::uuid[], $2::uuid[]) as w(account_id, id)
    on conflict (account_id, message_id) do nothing`,
};

/** The addresses of these messages are to be masked when they are through, looked at from `dueAt` on. */
export async function noteAddressMasking(
  tx: Queryable,
  messages: readonly { readonly accountSid: AccountSid; readonly sid: MessageSid }[],
  dueAt: Date,
): Promise<void> {
  if (messages.length === 0) return;
  await tx.query(noteStatement, [
    plainArray(messages.map(({ accountSid }) => hexOf(accountSid))),
    plainArray(messages.map(({ sid }) => hexOf(sid))),
    dueAt,
  ]);
}

export interface DueMasking {
  readonly accountSid: AccountSid;
  readonly messageId: Uuid;
  /** How often it was looked at before. */
  readonly tries: number;
  /** Null: the message is gone. */
  readonly to: string | null;
  /** Nothing more is going to happen to the message. */
  readonly complete: boolean;
  /** A callback of it is still to be delivered. */
  readonly hasPendingCallback: boolean;
}

interface DueRow {
  account_id: Uuid;
  message_id: Uuid;
  tries: number;
  to_address: string | null;
  complete: boolean | null;
  has_pending_callback: boolean;
}

const dueStatement: Statement = {
  name: "due_address_maskings",
  text: `
    with due as (
      select account_id, message_id, tries from address_masking where due_at <= $1 order by due_at limit $2
      for update skip locked
    )
    select due.account_id, due.message_id, due.tries, m.to_address,
      m.due_at is null and (m.status = any($3::text[]) or (m.status = 'sent' and m.sent_at <= $4)) as complete,
      exists (select from callbacks c where c.account_id = due.account_id and c.message_id = due.message_id
        and c.state = 'pending') as has_pending_callback
    from due left join messages m on m.account_id = due.account_id and m.id = due.message_id`,
};

/** Locks up to `limit` of those that are to be looked at now. */
export async function takeDueMaskings(tx: Queryable, now: Date, limit: number): Promise<DueMasking[]> {
  const rows = await tx.query<DueRow & Record<string, unknown>>(dueStatement, [
    now,
    limit,
    plainArray(completeStatuses),
    new Date(now.getTime() - reportsAwaitedMs),
  ]);
  return rows.map((row) => ({
    accountSid: sidOf("AC", row.account_id),
    messageId: row.message_id,
    tries: row.tries,
    to: row.to_address,
    complete: row.complete === true,
    hasPendingCallback: row.has_pending_callback,
  }));
}

const maskMessageStatement: Statement = {
  name: "mask_message",
  text: "update messages set to_address = $3 where account_id = $1 and id = $2",
};
const maskCallbacksStatement: Statement = {
  name: "mask_callbacks",
  text: `update callbacks set fields = (
      select jsonb_agg(case when field->>0 = 'To' then jsonb_build_array('To', $3::text) else field end order by position)
      from jsonb_array_elements(fields) with ordinality as each(field, position))
    where account_id = $1 and message_id = $2`,
};
// What a provider says of a refusal may quote the address, with or without the +.
const maskReasonsStatement: Statement = {
  name: "mask_reasons",
  text: `update attempts set reason = replace(reason, ltrim($4, '+'), ltrim($3, '+'))
    where account_id = $1 and message_id = $2 and strpos(reason, ltrim($4, '+')) > 0`,
};
// Protection explains itself with the address, in its decisions and in the timeline.
const maskDecisionsStatement: Statement = {
  name: "mask_decisions",
  text: `update protection_decisions set explanation = replace(explanation, $4, $3)
    where account_id = $1 and message_id = $2 and strpos(explanation, $4) > 0`,
};
const maskEventsStatement: Statement = {
  name: "mask_events",
  text: `update events set data = replace(data::text, $4, $3)::jsonb
    where account_id = $1 and message_id = $2 and strpos(data::text, $4) > 0`,
};
const forgetStatement: Statement = {
  name: "forget_address_masking",
  text: "delete from address_masking where account_id = $1 and message_id = $2",
};
const putOffStatement: Statement = {
  name: "put_off_address_masking",
  text: "update address_masking set due_at = $3, tries = tries + 1 where account_id = $1 and message_id = $2",
};

/** Masks the recipient wherever the message has left its address. */
export async function maskRecipient(tx: Queryable, { accountSid, messageId, to }: DueMasking): Promise<void> {
  const key = [uuidOf(accountSid), messageId];
  if (to !== null) {
    const masked = maskAddress(to);
    await tx.query(maskMessageStatement, [...key, masked]);
    await tx.query(maskCallbacksStatement, [...key, masked]);
    for (const statement of [maskReasonsStatement, maskDecisionsStatement, maskEventsStatement]) {
      await tx.query(statement, [...key, masked, to]);
    }
  }
  await tx.query(forgetStatement, key);
}

export async function putOffMasking(tx: Queryable, { accountSid, messageId }: DueMasking, until: Date): Promise<void> {
  await tx.query(putOffStatement, [uuidOf(accountSid), messageId, until]);
}
