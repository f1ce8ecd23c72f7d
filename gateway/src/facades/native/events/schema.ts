// What the live tail takes, and what each of its events is.

import { z } from "zod";
import { messageStatuses } from "../../../core/messages/message.ts";
import { accountQuery, uuid } from "../schema.ts";

export const eventsQuery = z.strictObject({
  ...accountQuery,
  bodies: z.stringbool().default(false).describe("With the texts of the messages."),
  lastEventId: uuid.optional().describe("As the Last-Event-ID header, for clients that cannot set headers."),
  catchUpMax: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe("When more events than this were missed, a gap is named in their place. Absent: all of them are sent."),
});

export const eventsHeaders = z.looseObject({
  "last-event-id": uuid.optional().describe("Begin with what came after this event."),
});

export const event = z
  .object({
    id: z.string().describe("UUIDv7; also the id of the server-sent event."),
    type: z.string().describe("message.accepted, message.received, message.sent, message.delivered, message.failed …"),
    at: z.string(),
    accountSid: z.string(),
    message: z.object({
      sid: z.string(),
      to: z.string().nullable().describe("Null, like what follows, once the message has been deleted."),
      from: z.string().nullable(),
      status: z.enum(messageStatuses).nullable().describe("As this event left it."),
      direction: z.string().nullable(),
      numSegments: z.number().int().nullable(),
      errorCode: z.number().int().nullable(),
      body: z.string().optional().describe("With bodies=true."),
    }),
    data: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: "Event" });
