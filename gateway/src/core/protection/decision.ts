// A decision of protection other than to let a message pass, with the one line that explains it to a person. The line never
// holds a whole number or a text: decisions outlive what they are about.

import { countryName, type Destination, maskedPrefix } from "./destination.ts";
import { type QuietHours, timeOfDay } from "./quiet-hours.ts";
import type { ProtectionMode } from "./settings.ts";
import { type VelocityFinding, type VelocityRule, velocityRules } from "./velocity.ts";

const policyRules = ["policy-country", "policy-quota", "policy-cooldown"] as const;
export const protectionRuleNames = [...velocityRules, "duplicate", "quiet-hours", ...policyRules] as const;
export type ProtectionRule = (typeof protectionRuleNames)[number];
export type ActiveMode = Exclude<ProtectionMode, "off">;
export type ProtectionAction = "denied" | "recorded" | "held";

export interface Decision {
  readonly rule: ProtectionRule;
  /** `recorded`: the message went on all the same. */
  readonly action: ProtectionAction;
  readonly mode: ActiveMode;
  /** What a denied message fails with. */
  readonly errorCode: number | null;
  readonly heldUntil: Date | null;
  readonly explanation: string;
  readonly numbers: Readonly<Record<string, number | string | null>>;
}

/** https://www.twilio.com/docs/api/errors/30450: SMS pumping protection. */
const velocityCode = 30450;
/** https://www.twilio.com/docs/api/errors/30453: not delivered by a fraud guard; here a repeated message. */
const duplicateCode = 30453;

export function velocityDecision(
  mode: ActiveMode,
  to: string,
  destination: Destination | null,
  finding: VelocityFinding,
): Decision {
  const { rule, count, limit, usual } = finding;
  const where = whereOf(rule, to, destination);
  const usually =
    usual === null
      ? `the limit is ${amount(limit)}`
      : `this account's usual is ${usual === 0 ? "none" : amount(usual)}, and up to ${amount(limit)} may pass`;
  return {
    ...denied(rule, mode, velocityCode),
    explanation: `${amount(count)} messages to ${where} within ${windows[rule]}; ${usually}.`,
    numbers: { count, limit, usual, country: destination?.country ?? null, prefix: destination?.prefix ?? null },
  };
}

const windows: Readonly<Record<VelocityRule, string>> = {
  "recipient-per-10-minutes": "10 minutes",
  "prefix-per-minute": "a minute",
  "prefix-per-hour": "an hour",
  "country-per-hour": "an hour",
  "prefix-burst": "10 minutes",
  "country-burst": "an hour",
};

function whereOf(rule: VelocityRule, to: string, destination: Destination | null): string {
  if (rule === "country-per-hour" || rule === "country-burst") return countryName(destination?.country ?? "");
  if (rule !== "recipient-per-10-minutes") return maskedPrefix(to);
  return destination === null ? "one recipient" : `one recipient (${maskedPrefix(to)})`;
}

function amount(count: number): string {
  return count.toLocaleString("en-US");
}

function denied(rule: ProtectionRule, mode: ActiveMode, errorCode: number) {
  return {
    rule,
    mode,
    action: mode === "deny" ? ("denied" as const) : ("recorded" as const),
    errorCode: mode === "deny" ? errorCode : null,
    heldUntil: null,
  };
}

export interface Repetition {
  /** SID of the message that it repeats. */
  readonly of: string;
  /** How long after that one it was accepted; negative: before. */
  readonly afterMs: number;
  readonly seconds: number;
}

export function duplicateDecision(mode: ActiveMode, { of, afterMs, seconds }: Repetition): Decision {
  const after = Math.round(Math.abs(afterMs) / 100) / 10;
  return {
    ...denied("duplicate", mode, duplicateCode),
    explanation: `The same text to the same recipient as ${of}, ${after} s apart; within ${seconds} s that is a duplicate.`,
    numbers: { of, afterSeconds: after, seconds },
  };
}

export interface Quietness {
  readonly quietHours: QuietHours;
  /** Where the recipient may be; at least one. */
  readonly zones: readonly string[];
  readonly nowMs: number;
  readonly untilMs: number;
}

export function quietDecision(mode: ActiveMode, { quietHours, zones, nowMs, untilMs }: Quietness): Decision {
  const { from, until } = quietHours;
  const [zone = "UTC", ...more] = zones;
  const time = timeOfDay(zone, nowMs);
  const others = more.length === 0 ? "" : `, one of ${zones.length} time zones that the recipient may be in`;
  const opening = new Date(untilMs).toISOString();
  return {
    rule: "quiet-hours",
    action: mode === "deny" ? "held" : "recorded",
    mode,
    errorCode: null,
    heldUntil: mode === "deny" ? new Date(untilMs) : null,
    explanation: `Quiet hours are ${from} to ${until}, and it is ${time} in ${zone}${others}: they are over at ${opening}.`,
    numbers: { from, until, localTime: time, timeZone: zone, timeZones: zones.length, opening },
  };
}
