// Consent: the newest word of a contact on whether a sender may write to it. STOP and START, the Consents API and the
// dashboard all write the same store; every way out reads it.

import type { AccountSid, MessagingServiceSid } from "../ids.ts";

export const consentStatuses = ["opt-in", "opt-out"] as const;
export type ConsentStatus = (typeof consentStatuses)[number];

export const consentSources = ["website", "offline", "opt-in-message", "opt-out-message", "others"] as const;
export type ConsentSource = (typeof consentSources)[number];

export interface Consent {
  readonly accountSid: AccountSid;
  /** A sender's address, or the SID of a messaging service (then for all of its senders). */
  readonly sender: string;
  /** E.164. */
  readonly contact: string;
  readonly status: ConsentStatus;
  readonly source: ConsentSource;
  /** When the contact gave their word; an older word never replaces a newer one. */
  readonly consentedAt: Date;
}

export const consentWays = ["keyword", "consents-api", "native-api", "import"] as const;
export type ConsentWay = (typeof consentWays)[number];

/** How a word came to be known; kept with it in the history. */
export interface ConsentOrigin {
  readonly via: ConsentWay;
  /** The credential that told of it (`actorOf`); null: the contact. */
  readonly actor: string | null;
  /** The SID of the message that said it, or the id of the import that brought it. */
  readonly reference: string | null;
}

/** Towards whom a STOP or START to this address counts: a number in a messaging service speaks for the whole service. */
export function consentScope(address: string, messagingServiceSid: MessagingServiceSid | null): string {
  return messagingServiceSid ?? address;
}

/** Under which names an opt-out may stand against a message from this address. */
export function consentSenders(address: string, messagingServiceSid: MessagingServiceSid | null): readonly string[] {
  return messagingServiceSid === null ? [address] : [address, messagingServiceSid];
}
