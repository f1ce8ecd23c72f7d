// What a message is from: a phone number, short code or alphanumeric id of an account, or a messaging service
// (a pool of those).

import type { AccountSid, MessagingServiceSid, Uuid } from "../ids.ts";

export type SenderKind = "number" | "short_code" | "alphanumeric";

/** The SID prefix of each kind of sender. */
export const senderSidPrefix = { number: "PN", short_code: "SC", alphanumeric: "AI" } as const satisfies Record<
  SenderKind,
  string
>;

export interface Sender {
  readonly accountSid: AccountSid;
  /** `PN…`, `SC…` or `AI…`. */
  readonly sid: string;
  readonly id: Uuid;
  readonly kind: SenderKind;
  /** E.164, the digits of a short code, or the alphanumeric id. */
  readonly address: string;
  readonly providerId: Uuid;
  readonly messagingServiceSid: MessagingServiceSid | null;
  readonly friendlyName: string;
  /** Empty when unset, like the other URL. */
  readonly smsUrl: string;
  readonly smsMethod: "GET" | "POST";
  readonly smsFallbackUrl: string;
  readonly smsFallbackMethod: "GET" | "POST";
  /** `AP…`: its URLs take the place of these; null: none. */
  readonly smsApplicationSid: string | null;
  /** See number-settings.ts. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Null: no pace and no queue limit. */
  readonly segmentsPerSecond: number | null;
  readonly queueLimitSeconds: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
