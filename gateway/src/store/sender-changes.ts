// Changing a sender of an account, field by field. Must run in a transaction, with the audit row.

import { type AccountSid, type MessagingServiceSid, type Uuid, uuidOf } from "../core/ids.ts";
import type { Sender } from "../core/senders/sender.ts";
import type { Queryable } from "./database.ts";
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
 * Changes a sender. The provider and messaging service must be the account's: the caller checks. A pace that changes
 * holds for messages accepted from then on; those that wait keep the slots that they have.
 */
export async function updateSender(tx: Queryable, sender: Sender, changes: SenderChanges): Promise<void> {
  const names = (Object.keys(columns) as (keyof SenderChanges)[]).filter((name) => changes[name] !== undefined);
  if (names.length === 0) return;
  const values = names.map((name) => columnValue(name, changes));
  const assignments = names.map((name, index) => `${columns[name]} = $${index + 3}`);
  await tx.query(`update senders set ${assignments.join(", ")}, updated_at = now() where account_id = $1 and id = $2`, [
    uuidOf(sender.accountSid),
    sender.id,
    ...values,
  ]);
}

function columnValue(name: keyof SenderChanges, changes: SenderChanges): unknown {
  if (name !== "messagingServiceSid") return changes[name];
  return typeof changes.messagingServiceSid === "string" ? uuidOf(changes.messagingServiceSid) : null;
}
