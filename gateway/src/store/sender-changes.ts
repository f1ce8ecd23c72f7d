// Changing a sender of an account, field by field. Must run in a transaction, with the audit row.

import { type AccountSid, type MessagingServiceSid, type Uuid, uuidOf } from "../core/ids.ts";
import type { NumberSettings } from "../core/senders/number-settings.ts";
import type { Sender } from "../core/senders/sender.ts";
import type { Queryable } from "./database.ts";
import { keepServiceOptOuts } from "./freed-senders.ts";
import { findSenderByAddress } from "./senders.ts";

/** What is absent stays as it is. */
export interface SenderChanges {
  readonly friendlyName?: string;
  readonly providerId?: Uuid;
  readonly messagingServiceSid?: MessagingServiceSid | null;
  readonly smsUrl?: string;
  readonly smsMethod?: Sender["smsMethod"];
  readonly smsFallbackUrl?: string;
  readonly smsFallbackMethod?: Sender["smsFallbackMethod"];
  /** Null: no pace and no queue limit. */
  readonly segmentsPerSecond?: number | null;
  readonly queueLimitSeconds?: number;
  /** `AP…` of the account; null: the sender's own URLs. */
  readonly smsApplicationSid?: string | null;
  /** Of number-settings.ts: added to those that are there. */
  readonly settings?: Partial<NumberSettings>;
}

const columns: Readonly<Record<keyof SenderChanges, string>> = {
  friendlyName: "friendly_name",
  providerId: "provider_id",
  messagingServiceSid: "messaging_service_id",
  smsUrl: "sms_url",
  smsMethod: "sms_method",
  smsFallbackUrl: "sms_fallback_url",
  smsFallbackMethod: "sms_fallback_method",
  segmentsPerSecond: "segments_per_second",
  queueLimitSeconds: "queue_limit_seconds",
  smsApplicationSid: "sms_application_id",
  settings: "settings",
};

/** The sender, which nobody else changes before the transaction ends; null if the account has none at the address. */
export async function lockSender(tx: Queryable, accountSid: AccountSid, address: string): Promise<Sender | null> {
  await tx.query("select 1 from senders where account_id = $1 and address = $2 for no key update", [
    uuidOf(accountSid),
    address,
  ]);
  return await findSenderByAddress(tx, accountSid, address);
}

/**
 * Changes a sender. The provider, messaging service and application must be the account's: the caller checks. A pace that changes
 * holds for messages accepted from then on; those that wait keep the slots that they have.
 */
export async function updateSender(tx: Queryable, sender: Sender, changes: SenderChanges): Promise<void> {
  const names = (Object.keys(columns) as (keyof SenderChanges)[]).filter((name) => changes[name] !== undefined);
  if (names.length === 0) return;
  const { messagingServiceSid } = changes;
  if (messagingServiceSid !== undefined && messagingServiceSid !== sender.messagingServiceSid) {
    await keepServiceOptOuts(tx, sender.accountSid, [sender.id]);
  }
  const values = names.map((name) => columnValue(name, changes));
  const assignments = names.map(
    (name, index) => `${columns[name]} = ${name === "settings" ? "settings || " : ""}$${index + 3}`,
  );
  await tx.query(`update senders set ${assignments.join(", ")}, updated_at = now() where account_id = $1 and id = $2`, [
    uuidOf(sender.accountSid),
    sender.id,
    ...values,
  ]);
}

function columnValue(name: keyof SenderChanges, changes: SenderChanges): unknown {
  const value = changes[name];
  if (name === "settings") return JSON.stringify(value);
  if (name !== "messagingServiceSid" && name !== "smsApplicationSid") return value;
  return typeof value === "string" ? uuidOf(value) : null;
}

/** The account and every pool lose the sender; messages that wait for it fail when they come up. Needs the lock. */
export async function deleteSender(tx: Queryable, { accountSid, id }: Sender): Promise<void> {
  // The account may get it again.
  await keepServiceOptOuts(tx, accountSid, [id]);
  await tx.query("delete from senders where account_id = $1 and id = $2", [uuidOf(accountSid), id]);
}

/**
 * Gives a sender to another account, under the same id, on a provider of that account; it leaves its pool and its
 * application. Needs the lock. False, and nothing is changed, when that account has the address already.
 */
export async function moveSender(
  tx: Queryable,
  sender: Sender,
  to: { readonly accountSid: AccountSid; readonly providerId: Uuid },
): Promise<boolean> {
  const rows = await tx.query(
    `insert into senders (account_id, id, kind, address, provider_id, friendly_name, sms_url, sms_method,
       sms_fallback_url, sms_fallback_method, settings, segments_per_second, queue_limit_seconds, created_at)
     select $3, id, kind, address, $4, friendly_name, sms_url, sms_method,
       sms_fallback_url, sms_fallback_method, settings, segments_per_second, queue_limit_seconds, created_at
     from senders where account_id = $1 and id = $2
     on conflict do nothing returning id`,
    [uuidOf(sender.accountSid), sender.id, uuidOf(to.accountSid), to.providerId],
  );
  if (rows.length > 0) await deleteSender(tx, sender);
  return rows.length > 0;
}
