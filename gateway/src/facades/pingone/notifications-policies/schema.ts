// What comes in for a notification policy.

import { z } from "zod";
import { isCountry } from "../../../core/addresses/phone-number.ts";
import type { ChainMember, PolicyRules } from "../../../core/notification-policies/policy.ts";
import { readUuid } from "../auth.ts";
import { filledText, readBody, text } from "../body.ts";

const country = z
  .string()
  .refine(isCountry, "must be an upper-case ISO 3166-1 alpha-2 code of a country with telephone numbers");
const countries = z.array(country).max(300);
const amount = z.int().min(0).max(2_147_483_647);
const limitedMethods = z
  .array(z.enum(["SMS", "Voice"]))
  .min(1)
  .max(2);

const quota = z
  .object({
    type: z.enum(["USER", "ENVIRONMENT"]),
    deliveryMethods: z
      .array(z.enum(["SMS", "Voice", "Email"]))
      .min(1)
      .max(3),
    total: amount.optional(),
    claimed: amount.optional(),
    unclaimed: amount.optional(),
  })
  .refine(
    ({ total, claimed, unclaimed }) =>
      total === undefined
        ? claimed !== undefined && unclaimed !== undefined
        : claimed === undefined && unclaimed === undefined,
    "needs either total, or claimed and unclaimed",
  );

const countryLimit = z
  .object({
    type: z.enum(["NONE", "ALLOWED", "DENIED"]),
    deliveryMethods: limitedMethods.optional(),
    countries: countries.optional(),
  })
  .refine(({ type, countries: named = [] }) => type === "NONE" || named.length > 0, {
    path: ["countries"],
    message: "must be given unless the type is NONE",
  });

const limits = { SECONDS: [10, 600], MINUTES: [1, 10] } as const;

const period = z
  .object({ duration: z.int(), timeUnit: z.enum(["SECONDS", "MINUTES"]) })
  .refine(({ duration, timeUnit }) => duration >= limits[timeUnit][0] && duration <= limits[timeUnit][1], {
    path: ["duration"],
    message: "must be 10 to 600 seconds, or 1 to 10 minutes",
  });

const cooldown = z
  .object({
    enabled: z.boolean(),
    periods: z.array(period).length(3).optional(),
    groupBy: z.enum(["USER_ID"]).optional(),
    resendLimit: z.int().min(0).max(1000).optional(),
  })
  .refine(({ enabled, periods }) => !enabled || periods !== undefined, {
    path: ["periods"],
    message: "must be given where the cool-down is enabled",
  })
  .refine(({ enabled, resendLimit }) => !enabled || resendLimit !== undefined, {
    path: ["resendLimit"],
    message: "must be given where the cool-down is enabled",
  });

/** A UUID in any letter case, or the name of the built-in provider. */
const memberId = text
  .min(1)
  .max(64)
  .transform((id) => readUuid(id) ?? id);

const condition = z.object({
  deliveryMethods: z
    .array(z.enum(["SMS", "VOICE"]))
    .min(1)
    .max(2),
  countries: countries.min(1).optional(),
  fallbackChain: z
    .array(z.object({ id: memberId }))
    .min(1)
    .max(50),
});

const policyBody = z.object({
  name: filledText.max(256),
  default: z.boolean().default(false),
  quotas: z
    .array(quota)
    .max(2)
    .refine((all) => new Set(all.map(({ type }) => type)).size === all.length, "may have one quota of each type"),
  countryLimit: countryLimit.default({ type: "NONE" }),
  cooldownConfiguration: z.object({ email: cooldown, sms: cooldown, voice: cooldown, whatsApp: cooldown }).optional(),
  providerConfiguration: z
    .object({
      conditions: z
        .array(condition)
        .min(1)
        .max(300)
        .refine(
          (all) => all.every(({ countries: named }, index) => (named === undefined) === (index === all.length - 1)),
          "must have countries, except for the last, which covers the rest",
        ),
    })
    .optional(),
});

export interface PolicyWish {
  readonly name: string;
  readonly isDefault: boolean;
  readonly rules: PolicyRules;
}

/** Throws a 400 with everything that is wrong. Whether the settings of its chains are there is not known here. */
export function readPolicy(body: unknown): PolicyWish {
  const { name, default: isDefault, ...rules } = readBody(policyBody, body);
  return { name, isDefault, rules: withoutAbsent(rules) as PolicyRules };
}

/** As JSON keeps it. */
function withoutAbsent(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

/** The ids of every chain, with where they stand. */
export function chainMembers(rules: PolicyRules): { readonly target: string; readonly id: ChainMember }[] {
  const conditions = rules.providerConfiguration?.conditions ?? [];
  return conditions.flatMap(({ fallbackChain }, index) =>
    fallbackChain.map(({ id }, at) => ({
      target: `providerConfiguration.conditions[${index}].fallbackChain[${at}].id`,
      id,
    })),
  );
}
