// What the native senders endpoints take and give.

import { z } from "zod";
import { accountSid, callbackUrl, httpMethod, serviceSid, text, uuid } from "../schema.ts";

export const sendersParams = z.strictObject({ sid: accountSid });

export const senderParams = z.strictObject({
  sid: accountSid,
  address: text.min(1).max(64).describe("E.164 (with or without the +), a short code or an alphanumeric id."),
});

const changeable = {
  friendlyName: text.min(1).max(64).optional(),
  providerId: uuid.optional().describe("The provider that owns the sender."),
  messagingServiceSid: serviceSid
    .nullable()
    .optional()
    .describe("The messaging service whose pool it is in; null: none."),
  smsUrl: callbackUrl.optional().describe("Where inbound messages are posted to; empty: nowhere."),
  smsMethod: httpMethod.optional(),
  smsFallbackUrl: callbackUrl.optional(),
  smsFallbackMethod: httpMethod.optional(),
  segmentsPerSecond: z
    .number()
    .min(0.01)
    .max(10_000)
    .nullable()
    .optional()
    .describe("Null: no pace and no queue limit."),
  queueLimitSeconds: z
    .number()
    .int()
    .min(1)
    .max(604_800)
    .optional()
    .describe("How much may wait, in seconds of its pace."),
};

export const senderChanges = z
  .strictObject(changeable)
  .refine((changes) => Object.keys(changes).length > 0, "must change something");

export const newSender = z.strictObject({
  address: text.min(1).max(64).describe("A phone number, a short code or an alphanumeric id."),
  ...changeable,
});

export const sender = z
  .object({
    sid: z.string(),
    accountSid: z.string(),
    kind: z.enum(["number", "short_code", "alphanumeric"]),
    address: z.string(),
    friendlyName: z.string(),
    providerId: z.string(),
    messagingServiceSid: z.string().nullable(),
    smsUrl: z.string(),
    smsMethod: httpMethod,
    smsFallbackUrl: z.string(),
    smsFallbackMethod: httpMethod,
    segmentsPerSecond: z.number().nullable(),
    queueLimitSeconds: z.number().int(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "Sender" });

export const sendersReply = z.object({ senders: z.array(sender).describe("Oldest first.") });
