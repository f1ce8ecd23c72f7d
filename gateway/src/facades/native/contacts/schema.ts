// What the native contacts endpoints take and give.

import { z } from "zod";
import { accountQuery, limit, text } from "../schema.ts";

const number = text.min(1).max(64).describe("A phone number in E.164 form.");

export const contactsQuery = z.strictObject({
  ...accountQuery,
  contact: number.optional(),
  after: text.max(64).default("").describe("`next` of the page before."),
  limit,
});
export const exportQuery = z.strictObject(accountQuery);
export const contactQuery = z.strictObject(accountQuery);
export const contactParams = z.strictObject({ contact: number });

export const contactBody = z.strictObject({
  contact: number,
  country: text.max(10).describe("ISO 3166-1 alpha-2, in capitals: where they are, whatever their number says."),
  postalCode: text.max(20),
});

export const contact = z
  .object({ contact: z.string(), country: z.string(), postalCode: z.string(), updatedAt: z.string() })
  .meta({ id: "Contact" });

export const contactsReply = z.object({
  contacts: z.array(contact).describe("By their numbers."),
  next: z.string().nullable().describe("`after` of the next page; null on the last."),
});
