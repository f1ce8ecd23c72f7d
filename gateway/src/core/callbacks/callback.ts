// A callback: a signed HTTP request from the gateway to an application, about one message.

import type { AccountSid, MessageSid, Uuid } from "../ids.ts";

export interface NewCallback {
  readonly accountSid: AccountSid;
  /** UUIDv7; also the idempotency token, and the order within the message. */
  readonly id: Uuid;
  readonly messageSid: MessageSid;
  readonly kind: "status" | "inbound";
  /** As configured, with its fragment (connection overrides). */
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly fallbackUrl: string | null;
  readonly fallbackMethod: "GET" | "POST";
  /** Form fields in the order in which they are sent. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}
