// What the native messages endpoints take and give.

import { z } from "zod";
import { messageStatuses } from "../../../core/messages/message.ts";
import { accountQuery, limit, messageSid, serviceSid, text, uuid } from "../schema.ts";

const directions = ["inbound", "outbound-api", "outbound-call", "outbound-reply"] as const;
const moment = z.iso.datetime({ offset: true });

export const messageParams = z.strictObject({ sid: messageSid });
export const messageQuery = z.strictObject(accountQuery);

export const messagesQuery = z.strictObject({
  ...accountQuery,
  number: text
    .min(1)
    .max(64)
    .optional()
    .describe(
      "Only messages to or from this number. Blanks, dashes and brackets do not matter; without a +, it has its country code, or is ten American digits.",
    ),
  to: text.min(1).max(64).optional().describe("Only messages to this number, as it was stored (E.164)."),
  from: text.min(1).max(64).optional().describe("Only messages from this sender."),
  status: z.enum(messageStatuses).optional(),
  direction: z.enum(directions).optional(),
  errorCode: z.coerce.number().int().min(1).max(999_999).optional(),
  text: text.min(1).max(200).optional().describe("A part of the text, in any case."),
  textOrSender: text
    .min(1)
    .max(200)
    .optional()
    .describe("A part of the text, in any case, or the whole name of the sender as it is written: ACME."),
  provider: uuid.optional().describe("Only messages that this provider was given."),
  since: moment.optional().describe("Only messages made from then on: 2026-01-31T12:00:00Z."),
  until: moment.optional().describe("Only messages made before."),
  before: messageSid.optional().describe("Only messages older than this one: `next` of the page before."),
  limit,
});

const summary = {
  sid: z.string(),
  accountSid: z.string(),
  direction: z.enum(directions),
  status: z.enum(messageStatuses),
  from: z.string().nullable().describe("Null until the sender has been chosen."),
  to: z.string(),
  messagingServiceSid: z.string().nullable(),
  body: z.string(),
  numSegments: z.number().int().describe("0 while the final text is not known."),
  numMedia: z.number().int(),
  createdAt: z.string(),
  updatedAt: z.string(),
  sentAt: z.string().nullable(),
  errorCode: z.number().int().nullable(),
  errorMessage: z.string().nullable(),
};

export const messageSummary = z.object(summary).meta({ id: "MessageSummary" });

export const messagesReply = z.object({
  messages: z.array(messageSummary).describe("Newest first."),
  next: z
    .string()
    .nullable()
    .describe(
      "`before` of the next page; null on the last. When looking for more than numbers and times, a page may be short, or empty, and still have a next.",
    ),
});

export const attempt = z
  .object({
    attempt: z.number().int(),
    providerId: z.string(),
    providerName: z.string().nullable(),
    from: z.string(),
    startedAt: z.string(),
    finishedAt: z.string().nullable(),
    outcome: z
      .string()
      .nullable()
      .describe("accepted, retry, next-provider, refused, unknown …; null while it is open."),
    errorCode: z.number().int().nullable(),
    reason: z.string().nullable(),
    carrierMessageId: z.string().nullable(),
  })
  .meta({ id: "Attempt" });

export const timelineEntry = z
  .object({
    at: z.string(),
    type: z
      .string()
      .describe("message.accepted, attempt.started, attempt.accepted, message.delivered, callback.delivered …"),
    data: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: "TimelineEntry" });

export const message = z
  .object({
    ...summary,
    dueAt: z
      .string()
      .nullable()
      .describe("When it is looked at next: its next try, or the time it is held or scheduled until; null: no more."),
    segments: z.object({
      encoding: z.enum(["GSM-7", "UCS-2"]),
      count: z.number().int(),
      units: z.number().int().describe("Septets (GSM-7) or UTF-16 units (UCS-2)."),
    }),
    attempts: z.array(attempt).describe("Hand-overs to providers, oldest first."),
    timeline: z.array(timelineEntry).describe("Everything that happened, oldest first."),
  })
  .meta({ id: "Message" });

export const newMessage = z
  .strictObject({
    ...accountQuery,
    to: text.max(300),
    from: text.max(64).optional().describe("One of the account's senders."),
    messagingServiceSid: serviceSid.optional(),
    body: text.max(5000),
  })
  .describe("For people at the dashboard; programs use the Twilio-compatible API, which has everything else.");

export const sendHeaders = z.looseObject({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, "must be 1 to 255 visible ASCII characters")
    .optional()
    .describe("The same key with the same message makes it once, for 24 hours."),
});
