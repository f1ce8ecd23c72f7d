// What an account wants of protection, as a person writes it. This is the only definition; the native API validates with
// it and documents itself from it. Unknown keys are refused, so that a typing error never passes for a setting.

import { z } from "zod";
import { isCountry } from "../addresses/phone-number.ts";

export const protectionModes = ["off", "record", "deny"] as const;
export type ProtectionMode = (typeof protectionModes)[number];

const messages = z.int().min(1).max(1_000_000);
const atMost = (what: string) => messages.nullable().default(null).describe(`At most so many ${what}; null: no limit.`);

const limits = z.strictObject({
  prefixPerMinute: atMost("messages to one prefix in a minute"),
  prefixPerHour: atMost("messages to one prefix in an hour"),
  countryPerHour: atMost("messages to one country in an hour"),
  recipientPer10Minutes: atMost("messages to one recipient in ten minutes"),
  countries: z
    .record(
      z.string().refine(isCountry, "must be an ISO 3166-1 alpha-2 code of a country with telephone numbers"),
      messages,
    )
    .default({})
    .describe('Messages an hour for single countries, in the place of countryPerHour: {"BB": 20}.'),
});

const velocity = z.strictObject({
  learned: z
    .boolean()
    .default(true)
    .describe("Compare with what the account usually sends to the same prefix and country."),
  factor: z.number().min(1).max(100).default(4).describe("A burst is more than so many times what is usual."),
  prefixFloor: messages.default(20).describe("Messages to one prefix in ten minutes that are never a burst."),
  countryFloor: messages.default(100).describe("Messages to one country in an hour that are never a burst."),
  limits: limits.prefault({}),
});

const duplicates = z.strictObject({
  enabled: z.boolean().default(false),
  seconds: z
    .int()
    .min(1)
    .max(300)
    .default(10)
    .describe("The same text to the same recipient from the same sender within so many seconds is a duplicate."),
});

const timeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "must be a time of day: 21:00");

const quietHours = z
  .strictObject({
    enabled: z.boolean().default(false),
    from: timeOfDay.default("21:00").describe("In the contact's time zone."),
    until: timeOfDay.default("08:00"),
  })
  .refine(({ from, until }) => from !== until, { path: ["until"], message: "must differ from 'from'" });

export const protectionRulesSchema = z.strictObject({
  velocity: velocity.prefault({}),
  duplicates: duplicates.prefault({}),
  quietHours: quietHours.prefault({}),
});

export type ProtectionRules = z.output<typeof protectionRulesSchema>;

export interface ProtectionSettings extends ProtectionRules {
  /** Null: record for what goes to real providers, off for the sandbox. */
  readonly mode: ProtectionMode | null;
}

export const defaultRules: ProtectionRules = protectionRulesSchema.parse({});

/** Rules as they were stored: by an earlier version perhaps, so what it did not know has its default. */
export function readRules(stored: unknown): ProtectionRules {
  const read = protectionRulesSchema.safeParse(stored);
  return read.success ? read.data : defaultRules;
}

/** Is anything counted under these rules? */
export function countsVelocity({ velocity }: ProtectionRules): boolean {
  const { learned, limits } = velocity;
  const { countries, ...others } = limits;
  return learned || Object.values(others).some((limit) => limit !== null) || Object.keys(countries).length > 0;
}
