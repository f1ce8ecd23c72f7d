// Velocity: how many messages go to one destination. Explicit limits first, then what the account's own traffic has
// taught. Counts are of messages asked for, those that were denied included, so a burst stays one until it is over: in
// each window the first few pass.

import { type Counter, minutesPerDay } from "./counter.ts";
import type { Destination } from "./destination.ts";
import type { ProtectionRules } from "./settings.ts";

export const velocityRules = [
  "recipient-per-10-minutes",
  "prefix-per-minute",
  "prefix-per-hour",
  "country-per-hour",
  "prefix-burst",
  "country-burst",
] as const;
export type VelocityRule = (typeof velocityRules)[number];

/** How many there are with this message: its own place in each window. */
export interface Counts {
  readonly account: Counter | null;
  readonly country: Counter | null;
  readonly prefix: Counter | null;
  /** Null: nobody asked for it. */
  readonly recipient: Counter | null;
}

export interface VelocityFinding {
  readonly rule: VelocityRule;
  readonly count: number;
  readonly limit: number;
  /** What the account usually sends in such a window; null: the limit is an explicit one. */
  readonly usual: number | null;
}

/** Part of what a country usually gets in an hour that may go to one of its prefixes in ten minutes. */
const prefixShare = 0.01;

/** The first limit that this message is beyond; null: none. */
export function judgeVelocity(
  { velocity }: ProtectionRules,
  destination: Destination | null,
  counts: Counts,
): VelocityFinding | null {
  const { limits, learned } = velocity;
  const { recipient, prefix, country } = counts;
  const explicit =
    beyond("recipient-per-10-minutes", recipient?.inTenMinutes, limits.recipientPer10Minutes) ??
    beyond("prefix-per-minute", prefix?.inMinute, limits.prefixPerMinute) ??
    beyond("prefix-per-hour", prefix?.inHour, limits.prefixPerHour) ??
    beyond("country-per-hour", country?.inHour, countryLimit(limits, destination));
  if (explicit !== null || !learned) return explicit;
  return judgePrefix(velocity, counts) ?? judgeCountry(velocity, counts);
}

type Velocity = ProtectionRules["velocity"];

/** So many messages an hour to a prefix or recipient are beyond no limit, whatever is usual. */
export function leastLimit({ velocity }: ProtectionRules): number {
  const { recipientPer10Minutes, prefixPerMinute, prefixPerHour } = velocity.limits;
  const explicit = [recipientPer10Minutes, prefixPerMinute, prefixPerHour].filter((limit) => limit !== null);
  return Math.min(velocity.prefixFloor, ...explicit);
}

function countryLimit(limits: Velocity["limits"], destination: Destination | null): number | null {
  return limits.countries[destination?.country ?? ""] ?? limits.countryPerHour;
}

function beyond(rule: VelocityRule, count: number | undefined, limit: number | null): VelocityFinding | null {
  return count === undefined || limit === null || count <= limit ? null : { rule, count, limit, usual: null };
}

/** A prefix that has not been written to before may get what is little for an account of this size. */
function judgePrefix({ factor, prefixFloor }: Velocity, { prefix, country }: Counts): VelocityFinding | null {
  if (prefix === null) return null;
  const share = (country?.usual ?? 0) * prefixShare;
  const limit = Math.floor(Math.max(prefixFloor, factor * prefix.usual, share));
  if (prefix.inTenMinutes <= limit) return null;
  return { rule: "prefix-burst", count: prefix.inTenMinutes, limit, usual: Math.round(prefix.usual) };
}

/** Nothing is known of an account on its first day: all of its traffic would be a burst. */
function judgeCountry({ factor, countryFloor }: Velocity, { account, country }: Counts): VelocityFinding | null {
  if (country === null || account === null || isNew(account)) return null;
  const limit = Math.floor(Math.max(countryFloor, factor * country.usual));
  if (country.inHour <= limit) return null;
  return { rule: "country-burst", count: country.inHour, limit, usual: Math.round(country.usual) };
}

function isNew(account: Counter): boolean {
  return account.minute - account.sinceMinute < minutesPerDay;
}
