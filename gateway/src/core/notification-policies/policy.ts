// What an account wants of its notifications, as it is written and stored: where they may go, how many, how soon again, and
// through which providers. The account's default policy is the one that is in force.

import type { Uuid } from "../ids.ts";

export type LimitedMethod = "SMS" | "Voice";
/** `PINGONE_TWILIO` stands for the account's built-in provider. */
export type ChainMember = Uuid | typeof builtInProvider;
export const builtInProvider = "PINGONE_TWILIO";

export interface CountryLimit {
  readonly type: "NONE" | "ALLOWED" | "DENIED";
  readonly deliveryMethods?: readonly LimitedMethod[];
  /** ISO 3166-1 alpha-2. */
  readonly countries?: readonly string[];
}

export interface Quota {
  /** `USER`: for each recipient; `ENVIRONMENT`: for all of them together. A day is one of UTC. */
  readonly type: "USER" | "ENVIRONMENT";
  readonly deliveryMethods: readonly (LimitedMethod | "Email")[];
  readonly total?: number;
  /** Of those whose use was confirmed, and of the others. Both or neither. */
  readonly claimed?: number;
  readonly unclaimed?: number;
}

export interface Period {
  readonly duration: number;
  readonly timeUnit: "SECONDS" | "MINUTES";
}

export interface Cooldown {
  readonly enabled: boolean;
  /** Three: after the first, the second, and every later notification. */
  readonly periods?: readonly Period[];
  readonly groupBy?: "USER_ID";
  readonly resendLimit?: number;
}

export const cooldownMethods = ["email", "sms", "voice", "whatsApp"] as const;

export interface ProviderCondition {
  readonly deliveryMethods: readonly ("SMS" | "VOICE")[];
  /** Absent: every country that no condition before has named. */
  readonly countries?: readonly string[];
  readonly fallbackChain: readonly { readonly id: ChainMember }[];
}

export interface PolicyRules {
  readonly quotas: readonly Quota[];
  readonly countryLimit: CountryLimit;
  readonly cooldownConfiguration?: Readonly<Record<(typeof cooldownMethods)[number], Cooldown>>;
  readonly providerConfiguration?: { readonly conditions: readonly ProviderCondition[] };
}

export interface NotificationPolicy extends PolicyRules {
  readonly id: Uuid;
  readonly name: string;
  readonly isDefault: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Does the policy keep text messages from a country? `country` null: a number of no country. */
export function isCountryRefused({ countryLimit }: PolicyRules, country: string | null): boolean {
  const { type, countries = [], deliveryMethods = ["SMS"] } = countryLimit;
  if (type === "NONE" || !deliveryMethods.includes("SMS")) return false;
  const isNamed = country !== null && countries.includes(country);
  return type === "ALLOWED" ? !isNamed : isNamed;
}

/** The quotas that text messages count against. */
export function smsQuotas({ quotas }: PolicyRules): readonly Quota[] {
  return quotas.filter(({ deliveryMethods }) => deliveryMethods.includes("SMS"));
}

export interface ActiveCooldown {
  readonly periodsMs: readonly number[];
  readonly resendLimit: number;
}

/** Null: text messages need not wait. */
export function smsCooldown({ cooldownConfiguration }: PolicyRules): ActiveCooldown | null {
  const sms = cooldownConfiguration?.sms;
  if (sms?.enabled !== true || sms.periods === undefined || sms.resendLimit === undefined) return null;
  const periodsMs = sms.periods.map(({ duration, timeUnit }) => duration * (timeUnit === "MINUTES" ? 60_000 : 1000));
  return { periodsMs, resendLimit: sms.resendLimit };
}

/** The conditions about text messages; the first that serves a country counts. */
export function smsConditions({ providerConfiguration }: PolicyRules): readonly ProviderCondition[] {
  const conditions = providerConfiguration?.conditions ?? [];
  return conditions.filter(({ deliveryMethods }) => deliveryMethods.includes("SMS"));
}

/** Is there anything that a message has to be held against before it goes? */
export function limitsSms(rules: PolicyRules): boolean {
  return rules.countryLimit.type !== "NONE" || smsQuotas(rules).length > 0 || smsCooldown(rules) !== null;
}
