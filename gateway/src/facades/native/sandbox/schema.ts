// What the sandbox's native endpoints take and give, as schemas: they validate, and /openapi.json is made from them.

import { z } from "zod";
import { faultDocumentSchema } from "../../../core/sandbox/fault-rules.ts";
import { accountSid, administratorQuery, httpUrl, text } from "../schema.ts";

const handset = z.string().regex(/^\+[1-9]\d{6,14}$/, "must be a phone number in E.164 form, such as +12025550123");

export const inboundBody = z.strictObject({
  from: handset.describe("The handset that sends."),
  to: text.min(1).max(40).describe("One of the account's numbers."),
  body: text.max(1600),
  account: accountSid.optional().describe("The caller's own account, if given."),
  mediaUrls: z.array(httpUrl).max(10).optional(),
});

export const inboundReply = z.object({
  sid: z.string(),
  accountSid: z.string(),
  from: z.string(),
  to: z.string(),
  body: z.string(),
  numMedia: z.number(),
  status: z.string(),
  createdAt: z.string(),
});

export const handsetParams = z.strictObject({
  number: z
    .string()
    .regex(/^\+?[1-9]\d{1,14}$/, "must be a phone number, such as +12025550123")
    .describe("With or without the +."),
});

export const handsetQuery = z.strictObject({
  ...administratorQuery,
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  before: z.uuid().optional().describe("Only entries older than this one: `next` of the page before."),
  undelivered: z.stringbool().default(false).describe("Also what the sandbox took, but never brought to the handset."),
});

export const handsetReply = z.object({
  number: z.string(),
  messages: z.array(
    z.object({
      id: z.string().describe("For what was received, also the carrier message id of the attempt."),
      direction: z.enum(["received", "sent"]).describe("Seen from the handset."),
      from: z.string(),
      to: z.string(),
      body: z.string(),
      mediaUrls: z.array(z.string()),
      messageSid: z.string().nullable(),
      attempt: z.number().nullable(),
      errorCode: z.number().nullable().describe("Not null: it never reached the handset."),
      at: z.string(),
    }),
  ),
  next: z.string().nullable().describe("`before` of the next page; null on the last."),
});

export const handsetsQuery = z.strictObject({
  ...administratorQuery,
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

export const handsetsReply = z.object({
  handsets: z.array(
    z.object({ number: z.string(), received: z.number(), sent: z.number(), lastActivityAt: z.string() }),
  ),
  window: z.number().describe("Handsets and counts are those of the account's newest records, this many."),
});

export const clearReply = z.object({ deleted: z.number() });

export const faultsBody = faultDocumentSchema;
export const faultsReply = faultDocumentSchema;
