// A messaging service: a pool of senders that are written from and to as one, with the settings of what goes through it.

import type { AccountSid, MessagingServiceSid, Uuid } from "../ids.ts";
import type { Sender } from "./sender.ts";

export const scanChoices = ["inherit", "enable", "disable"] as const;
export const usecases = ["notifications", "marketing", "verification", "discussion", "poll", "undeclared"] as const;

export interface ServiceSettings {
  /** A recipient keeps the sender that they had. */
  readonly stickySender: boolean;
  /** Look-alikes are replaced so that a text fits the GSM alphabet. */
  readonly smartEncoding: boolean;
  /** US and Canada: a sender of the recipient's area code comes first. */
  readonly areaCodeGeomatch: boolean;
  /** How long a message may wait that names no time of its own. */
  readonly validitySeconds: number;
  /** Inbound messages go where the number says, not where the service does. */
  readonly useInboundWebhookOnNumber: boolean;
  // Kept for who reads them back; nothing here depends on them.
  readonly mmsConverter: boolean;
  readonly fallbackToLongCode: boolean;
  readonly scanMessageContent: (typeof scanChoices)[number];
  readonly synchronousValidation: boolean;
  readonly usecase: (typeof usecases)[number];
}

export const defaultServiceSettings: ServiceSettings = Object.freeze({
  stickySender: true,
  smartEncoding: true,
  areaCodeGeomatch: true,
  validitySeconds: 36_000,
  useInboundWebhookOnNumber: false,
  mmsConverter: true,
  fallbackToLongCode: true,
  scanMessageContent: "inherit",
  synchronousValidation: false,
  usecase: "undeclared",
});

export interface MessagingService {
  readonly accountSid: AccountSid;
  readonly sid: MessagingServiceSid;
  readonly id: Uuid;
  readonly friendlyName: string;
  readonly inboundRequestUrl: string | null;
  readonly inboundMethod: "GET" | "POST";
  readonly fallbackUrl: string | null;
  readonly fallbackMethod: "GET" | "POST";
  readonly statusCallback: string | null;
  readonly settings: ServiceSettings;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A sender as a member of a pool. */
export interface PoolMember extends Sender {
  /** ISO 3166-1 alpha-2: used for recipients of this country alone. Null: for every country. */
  readonly country: string | null;
}

/** An alphanumeric id in a messaging service. The same id may be in several, and in one for several countries. */
export interface ServiceAlphaSender {
  readonly accountSid: AccountSid;
  readonly serviceSid: MessagingServiceSid;
  /** `AI…`: of this entry, not of the account's sender. */
  readonly sid: string;
  readonly address: string;
  /** ISO 3166-1 alpha-2; null: every country. */
  readonly country: string | null;
  readonly createdAt: Date;
}
