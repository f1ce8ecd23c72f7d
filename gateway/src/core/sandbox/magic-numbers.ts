// Numbers that make the sandbox answer in a known way: Twilio's magic numbers for test credentials, and outcomes
// of our own that come later, as delivery reports. Anything else is an ordinary number.
//
//   From +15005550001 invalid · 0006 valid · 0007 not owned · 0008 queue full
//   To   +15005550001 invalid · 0002 unreachable · 0003 region not enabled · 0004 opted out · 0009 not a mobile
//   to buy +15005550000 not available · 0001 invalid · area code 533 has none
//   To   +15005553003 … 3008: accepted, then undelivered with 30003 … 30008 (ours)

import type { GatewayErrorCode } from "../errors.ts";

export interface MagicOutcome {
  /** Null: as good as a number of the account's own, whoever the account is. */
  readonly code: GatewayErrorCode | null;
}

const senders: ReadonlyMap<string, MagicOutcome> = new Map<string, MagicOutcome>([
  ["+15005550001", { code: "from-invalid" }],
  ["+15005550006", { code: null }],
  ["+15005550007", { code: "from-not-owned" }],
  ["+15005550008", { code: "queue-full" }],
]);

const recipients: ReadonlyMap<string, MagicOutcome> = new Map<string, MagicOutcome>([
  ["+15005550001", { code: "to-invalid" }],
  ["+15005550002", { code: "unreachable" }],
  ["+15005550003", { code: "region-not-enabled" }],
  ["+15005550004", { code: "opted-out" }],
  ["+15005550009", { code: "not-mobile" }],
]);

const purchases: ReadonlyMap<string, GatewayErrorCode> = new Map([
  ["+15005550000", "number-unavailable"],
  ["+15005550001", "number-invalid"],
]);

/** Unreachable handset, blocked, unknown handset, landline, filtered, unknown error. */
const reports: ReadonlyMap<string, { readonly errorCode: number }> = new Map(
  [30003, 30004, 30005, 30006, 30007, 30008].map((errorCode) => [`+1500555${errorCode - 27_000}`, { errorCode }]),
);

/** What the sandbox says to a `From` in E.164; null: nothing special. Checked before the recipient. */
export function magicSender(from: string): MagicOutcome | null {
  return senders.get(from) ?? null;
}

/** What the sandbox says to a `To` in E.164; null: nothing special. */
export function magicRecipient(to: string): MagicOutcome | null {
  return recipients.get(to) ?? null;
}

/** Why the sandbox refuses a message, the sender's reason before the recipient's; null: it does not. */
export function magicRefusal(from: string, to: string): GatewayErrorCode | null {
  return magicSender(from)?.code ?? magicRecipient(to)?.code ?? null;
}

/** Why a number cannot be bought in the sandbox; null: it can. */
export function magicPurchase(number: string): GatewayErrorCode | null {
  return purchases.get(number) ?? null;
}

/** Has the sandbox no number with this area code? */
export function isEmptyAreaCode(areaCode: string): boolean {
  return areaCode === "533";
}

/** The error code with which the sandbox later reports a message to this number undelivered; null: delivered. */
export function magicReport(to: string): { readonly errorCode: number } | null {
  return reports.get(to) ?? null;
}
