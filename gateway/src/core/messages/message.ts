// What a message is. The row in the database is the truth and the queue; this is its shape in code.

import type { AccountSid, MessageSid, MessagingServiceSid, Uuid } from "../ids.ts";

export const messageStatuses = [
  "accepted",
  "scheduled",
  "queued",
  "sending",
  "sent",
  "delivered",
  "undelivered",
  "failed",
  "read",
  "canceled",
  "receiving",
  "received",
] as const;
export type MessageStatus = (typeof messageStatuses)[number];

export type MessageDirection = "inbound" | "outbound-api" | "outbound-call" | "outbound-reply";

/** The rarely used choices of a create request, kept with the row as JSON. Absent keys mean the default. */
export interface MessageOptions {
  readonly provideFeedback?: boolean;
  readonly smartEncoded?: boolean;
  readonly maxPrice?: number;
  readonly attempt?: number;
  readonly contentRetention?: "retain" | "discard";
  readonly addressRetention?: "retain" | "obfuscate";
  readonly riskCheck?: "enable" | "disable";
  readonly tags?: Readonly<Record<string, string>>;
  readonly contentSid?: string;
  readonly contentVariables?: string;
  readonly messageIntent?: string;
  /** The caller named a `From` inside the service's pool: only that sender may be used. */
  readonly pinnedSender?: boolean;
  /** The caller named no sender: each provider sends from its own. */
  readonly openSender?: boolean;
  /** Sent through this provider alone (a provider's test message). */
  readonly onlyProvider?: Uuid;
  /** The caller, or the messaging service, said how long it is valid: quiet hours do not extend that. */
  readonly ownValidity?: boolean;
  /** The answer to a STOP itself, which may pass the opt-out. */
  readonly bypassConsent?: boolean;
}

export interface Message {
  readonly accountSid: AccountSid;
  readonly sid: MessageSid;
  readonly direction: MessageDirection;
  readonly status: MessageStatus;
  /** Null until a messaging service, or the routing, has picked the sender. */
  readonly from: string | null;
  readonly to: string;
  readonly messagingServiceSid: MessagingServiceSid | null;
  readonly body: string;
  /** 0 while unknown (messaging service, scheduled). */
  readonly numSegments: number;
  readonly numMedia: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly sentAt: Date | null;
  readonly errorCode: number | null;
  readonly price: string | null;
  readonly priceUnit: string | null;
  readonly options: MessageOptions;
}
