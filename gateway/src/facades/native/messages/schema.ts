// What the native messages endpoints take and give.

import { z } from "zod";
import { messageStatuses } from "../../../core/messages/message.ts";
import { accountQuery, limit, messageSid, text } from "../schema.ts";

export const messageParams = z.strictObject({ sid: messageSid });
export const messageQuery = z.strictObject(accountQuery);

export const messagesQuery = z.strictObject({
  ...accountQuery,
  to: text.min(1).max(64).optional().describe("Only messages to this number, as it was stored (E.164)."),
  from: text.min(1).max(64).optional().describe("Only messages from this sender."),
  status: z.enum(messageStatuses).optional(),
  before: messageSid.optional().describe("Only messages older than this one: `next` of the page before."),
  limit,
});

const summary = {
  sid: z.string(),
  accountSid: z.string(),
  direction: z.enum(["inbound", "outbound-api", "outbound-call", "outbound-reply"]),
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
    .describe("`before` of the next page; null on the last. With `status` a page may be short and still have a next."),
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
    segments: z.object({
      encoding: z.enum(["GSM-7", "UCS-2"]),
      count: z.number().int(),
      units: z.number().int().describe("Septets (GSM-7) or UTF-16 units (UCS-2)."),
    }),
    attempts: z.array(attempt).describe("Hand-overs to providers, oldest first."),
    timeline: z.array(timelineEntry).describe("Everything that happened, oldest first."),
  })
  .meta({ id: "Message" });
