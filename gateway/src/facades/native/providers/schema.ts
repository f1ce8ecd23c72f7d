// What the native providers endpoints take and give. Secrets go in, and never come out.

import { z } from "zod";
import { parseSender, type SenderAddress } from "../../../core/addresses/sender.ts";
import { accountQuery, accountSid, httpUrl, text, uuid } from "../schema.ts";

export const providerParams = z.strictObject({ id: uuid });
export const providerQuery = z.strictObject(accountQuery);

const common = {
  account: accountSid.optional().describe("A subaccount; default: the caller's account."),
  name: text.min(1).max(100),
};

const fromNumber = text
  .max(64)
  .refine((from) => isOwnSender(parseSender(from)), "must be a phone number, a short code or an alphanumeric id")
  .optional()
  .describe("What it sends from when a message names no sender.");

const credential = text.min(1).max(256);

function isOwnSender(sender: SenderAddress | null): boolean {
  return sender !== null && sender.kind !== "service" && sender.kind !== "channel";
}

export const newProvider = z.discriminatedUnion("kind", [
  z.strictObject({ ...common, kind: z.literal("sandbox"), fromNumber }),
  z.strictObject({
    ...common,
    kind: z.literal("twilio"),
    baseUrl: httpUrl.optional(),
    accountSid,
    authToken: credential.optional(),
    apiKeySid: credential.optional(),
    apiKeySecret: credential.optional(),
    fromNumber,
    messagingServiceSid: text.max(64).optional(),
  }),
  z.looseObject({
    ...common,
    kind: z.literal("http"),
    baseUrl: httpUrl.optional(),
  }),
]);

export const provider = z
  .object({
    id: z.string(),
    accountSid: z.string(),
    name: z.string(),
    kind: z.enum(["sandbox", "twilio", "http"]),
    builtIn: z.boolean().describe("Made with the account."),
    config: z.record(z.string(), z.unknown()),
    chainPosition: z.number().int().nullable().describe("0: the active provider; null: not in the fallback chain."),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "Provider" });

export const providersReply = z.object({
  providers: z.array(provider).describe("The fallback chain in its order, then the others."),
});

export const testBody = z.strictObject({
  to: text.min(1).max(64).describe("Who gets the test message."),
  from: text.min(1).max(64).optional().describe("Default: what the provider sends from."),
  body: text.min(1).max(1600).optional(),
});

export const testReply = z
  .object({
    messageSid: z.string(),
    outcome: z
      .enum(["sent", "delivered", "failed", "pending"])
      .describe("pending: nothing was known after ten seconds; see the message."),
    status: z.string(),
    errorCode: z.number().int().nullable(),
    errorMessage: z.string().nullable(),
    reason: z.string().nullable().describe("What the provider, or the network, said to the last attempt."),
    carrierMessageId: z.string().nullable(),
    durationMs: z.number().int(),
  })
  .meta({ id: "ProviderTest" });
