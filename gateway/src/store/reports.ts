// Delivery reports in the database. The status machine is the guard of the UPDATE, so that late, repeated and reordered
// reports change nothing; one report per message and statement, since an UPDATE joins each row once.

import type { AccountSid, MessageSid, MessagingServiceSid, Uuid } from "../core/ids.ts";
import { newUuid, sidOf } from "../core/ids.ts";
import type { MessageStatus } from "../core/messages/message.ts";
import { predecessorsOf } from "../core/messages/status.ts";
import { plainArray, textArray, timeArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { inLockOrder } from "./lock-order.ts";
import { hexOf } from "./message-insert.ts";

export interface ReportToApply {
  readonly accountSid: AccountSid;
  readonly messageSid: MessageSid;
  readonly status: "sent" | "delivered" | "undelivered" | "failed" | "read";
  readonly errorCode: number | null;
  readonly at: Date;
}

/** What a status callback needs of a message that a report has changed. */
export interface ReportedMessage {
  readonly accountSid: AccountSid;
  readonly sid: MessageSid;
  readonly status: MessageStatus;
  readonly errorCode: number | null;
  readonly from: string | null;
  readonly to: string;
  readonly messagingServiceSid: MessagingServiceSid | null;
  /** Null: nobody wants to know. */
  readonly statusCallback: string | null;
  /** The report went ahead of the outcome of the hand-over: that it was sent is told with this change, before it. */
  readonly skippedSent: boolean;
}

const allowed = (["sent", "delivered", "undelivered", "failed", "read"] as const)
  .map((status) => {
    const from = predecessorsOf(status).map((predecessor) => `'${predecessor}'`);
    return `(r.status = '${status}' and m.status in (${from.join(", ")}))`;
  })
  .join(" or ");

// While an attempt is open (sending) the message stays due: its worker ends that, or the next one if that has died. So
// what is still due afterwards was being sent, and nobody has been told yet that it went out.
const applyStatement: Statement = {
  name: "apply_reports",
  text: `
    with r as (
      select * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::integer[], $6::timestamptz[], $7::uuid[], $8::uuid[])
        as r(account_id, id, status, error_code, at, sent_event_id, event_id)
    ), applied as (
      update messages m
      set status = r.status, error_code = r.error_code, sent_at = coalesce(m.sent_at, r.at), updated_at = $1,
        due_at = case when m.status = 'sending' then m.due_at end
      from r
      where m.account_id = r.account_id and m.id = r.id and (${allowed})
      returning m.account_id, m.id, m.status, m.error_code, m.from_address, m.to_address, m.messaging_service_id,
        m.num_media, m.status_callback, r.sent_event_id, r.event_id,
        m.due_at is not null and r.status in ('delivered', 'undelivered') as skipped_sent
    ), recorded as (
      insert into events (account_id, id, message_id, type, data)
      select account_id, sent_event_id, id, 'message.sent', null from applied where skipped_sent
      union all
      select account_id, event_id, id, 'message.' || status,
        case when error_code is null then null else jsonb_build_object('errorCode', error_code) end
      from applied
    )
    select account_id, id, status, error_code, from_address, to_address, messaging_service_id, num_media,
      status_callback, skipped_sent
    from applied`,
};

interface ReportedRow {
  account_id: Uuid;
  id: Uuid;
  status: MessageStatus;
  error_code: number | null;
  from_address: string | null;
  to_address: string;
  messaging_service_id: Uuid | null;
  num_media: number;
  status_callback: string | null;
  skipped_sent: boolean;
}

/** Applies reports of different messages. Resolves to the messages that changed. */
export async function applyReports(
  tx: Queryable,
  reports: readonly ReportToApply[],
  now: Date,
): Promise<ReportedMessage[]> {
  const sorted = inLockOrder(reports, (report) => report.messageSid);
  const rows = await tx.query<ReportedRow & Record<string, unknown>>(applyStatement, [
    now,
    plainArray(sorted.map((report) => hexOf(report.accountSid))),
    plainArray(sorted.map((report) => hexOf(report.messageSid))),
    textArray(sorted.map((report) => report.status)),
    plainArray(sorted.map((report) => report.errorCode)),
    timeArray(sorted.map((report) => report.at)),
    plainArray(sorted.map(() => newUuid())),
    plainArray(sorted.map(() => newUuid())),
  ]);
  return rows.map((row) => ({
    accountSid: sidOf<AccountSid>("AC", row.account_id),
    sid: sidOf<MessageSid>(row.num_media > 0 ? "MM" : "SM", row.id),
    status: row.status,
    errorCode: row.error_code,
    from: row.from_address,
    to: row.to_address,
    messagingServiceSid:
      row.messaging_service_id === null ? null : sidOf<MessagingServiceSid>("MG", row.messaging_service_id),
    statusCallback: row.status_callback,
    skippedSent: row.skipped_sent,
  }));
}
