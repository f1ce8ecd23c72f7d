// The carrier port: the code that talks to one kind of provider. Two and more implementations exist (sandbox,
// twilio, http), and one suite of tests runs over each. A carrier never touches messages, queues or callbacks:
// it hands one message over and says what came of it.

import type { AccountSid, MessageSid, Uuid } from "../core/ids.ts";

export type ProviderKind = "sandbox" | "twilio" | "http";

/** A configured way out, with its secrets opened. */
export interface CarrierProvider {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  readonly kind: ProviderKind;
  readonly name: string;
  /** Carrier-specific settings, validated when the provider was saved. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Since when it leads to the upstream that it leads to now; null or absent: always. */
  readonly upstreamSince?: Date | null;
}

/** One attempt: one hand-over of one message to one provider. */
export interface Handover {
  readonly accountSid: AccountSid;
  readonly messageSid: MessageSid;
  /** 1, 2, 3 … within the message. (messageSid, attempt) names the attempt. */
  readonly attempt: number;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly mediaUrls: readonly string[];
  readonly numSegments: number;
  /** When the attempt was stored; a lookup of an unknown outcome starts a little before it. */
  readonly startedAt: Date;
  /**
   * Nothing may be written to the provider from then on, ms since the epoch: looked at right before the write. Whoever was
   * frozen until then has lost the attempt to somebody else.
   */
  readonly sendUntilMs: number;
  /** The earlier attempt that this one repeats: it was taken for lost, and may still arrive. Absent: there is none. */
  readonly repeats?: number;
}

/** What came of a hand-over; the rows of the outcome table in the design. */
export type HandoverOutcome =
  /** The provider has it. `carrierMessageId` is the provider's own id. */
  | { readonly kind: "accepted"; readonly carrierMessageId: string }
  /** Refused before anything was sent, or told to come later: try this provider again after a while. */
  | { readonly kind: "retry"; readonly errorCode: number; readonly reason: string; readonly retryAfterMs?: number }
  /** This provider cannot send it (credentials, sender, region): try the next one now. `rejected`: the credentials (401, 403). */
  | { readonly kind: "next-provider"; readonly errorCode: number; readonly reason: string; readonly rejected?: true }
  /** The recipient or the message is at fault: final. */
  | { readonly kind: "refused"; readonly errorCode: number; readonly reason: string }
  /** The request was written and no answer came: the provider may or may not have the message. */
  | { readonly kind: "unknown"; readonly reason: string };

/** The answer to "do you have this one?" after an unknown outcome. */
export type LookupResult =
  | { readonly kind: "found"; readonly carrierMessageId: string }
  | { readonly kind: "absent" }
  /** `final`: asking again will not help, this provider cannot be asked. */
  | { readonly kind: "cannot-tell"; readonly reason: string; readonly final?: true };

export interface Carrier {
  readonly kind: ProviderKind;
  /** Hands one message over. Must not throw for anything the provider or the network does. */
  send(provider: CarrierProvider, handover: Handover, signal: AbortSignal): Promise<HandoverOutcome>;
  /** Asks the provider whether an earlier hand-over reached it. Must not throw either. */
  lookup(provider: CarrierProvider, handover: Handover, signal: AbortSignal): Promise<LookupResult>;
}

/** A carrier's later word on a hand-over that it accepted. */
export interface DeliveryReport {
  readonly accountSid: AccountSid;
  readonly messageSid: MessageSid;
  readonly status: "sent" | "delivered" | "undelivered" | "failed" | "read";
  readonly errorCode: number | null;
  /** When the carrier says it happened. */
  readonly at: Date;
}

/** A message that a handset sent to one of the account's senders. */
export interface InboundMessage {
  readonly accountSid: AccountSid;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly mediaUrls: readonly { readonly url: string; readonly contentType: string }[];
  readonly providerId: Uuid | null;
}
