// What the native endpoints of the safe list and the geo permissions take and give.

import { z } from "zod";
import { accountSid, limit, text } from "../schema.ts";

export const accountParams = z.strictObject({ sid: accountSid });

const number = text.min(1).max(32).describe("E.164, or one with xxx for its last three digits: a thousand numbers.");

export const safeListQuery = z.strictObject({
  after: text.max(32).default("").describe("`next` of the page before."),
  limit,
});
export const safeListBody = z.strictObject({ number });
export const entryParams = z.strictObject({ sid: accountSid, number });

const entry = z.object({ sid: z.string(), number: z.string() });
export const safeListEntry = entry;
export const safeListReply = z.object({
  entries: z.array(entry).describe("In the order of their numbers."),
  next: z.string().nullable().describe("`after` of the next page; null on the last."),
});

const country = z.object({
  code: z.string().describe("ISO 3166-1 alpha-2."),
  prefix: z.string().describe("The calling code: +49."),
  enabled: z.boolean(),
});
export const geoReply = z.object({
  countries: z.array(country).describe("Every country that has numbers, by its code."),
});
export const geoUsageReply = z.object({
  since: z.string().describe("Seven days ago."),
  estimated: z.boolean().describe("Counts are scaled up from a part of the busiest hours."),
  countries: z
    .array(
      z.object({
        code: z.string(),
        messages: z.number().int().describe("Made for recipients there."),
        decisions: z.number().int().describe("How many of them protection has denied, held or noted."),
      }),
    )
    .describe("Those with any, by their codes."),
});
export const geoBody = z.strictObject({
  changes: z
    .array(z.strictObject({ code: text.length(2), enabled: z.boolean() }))
    .min(1)
    .max(300),
});
