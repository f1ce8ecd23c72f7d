// What the native providers endpoints take and give. Secrets go in, and never come out.

import { z } from "zod";
import { parseSender, type SenderAddress } from "../../../core/addresses/sender.ts";
import { httpRequest } from "../../../core/providers/settings.ts";
import { accountQuery, accountSid, httpUrl, text } from "../schema.ts";

const providerId = z.string().max(64).describe("The provider's UUID, or its 18-digit number.");
export const providerParams = z.strictObject({ id: providerId });
export const providerQuery = z.strictObject(accountQuery);

const name = text.min(1).max(100);

const fromNumber = text
  .max(64)
  .refine((from) => isOwnSender(parseSender(from)), "must be a phone number, a short code or an alphanumeric id")
  .describe("What it sends from when a message names no sender.");

const credential = text.min(1).max(4096);
const upstreamSid = text.min(1).max(200);

function isOwnSender(sender: SenderAddress | null): boolean {
  return sender !== null && sender.kind !== "service" && sender.kind !== "channel";
}

const common = {
  fromNumber: fromNumber.optional(),
  onUnknown: z
    .enum(["fail", "resend"])
    .optional()
    .describe("When nobody can tell whether it took a message: fail (default) rather than send twice, or resend."),
  maxInFlight: z
    .number()
    .int()
    .min(1)
    .max(2000)
    .optional()
    .describe("Hand-overs under way at once, per gateway process."),
};

const twilioFields = {
  ...common,
  baseUrl: httpUrl
    .optional()
    .describe("Of a Twilio-compatible server, with or without a path. Default: TRUNKLINE_TWILIO_BASE_URL, or Twilio."),
  accountSid: upstreamSid,
  authToken: credential.optional(),
  apiKeySid: upstreamSid.optional(),
  apiKeySecret: credential.optional(),
  messagingServiceSid: upstreamSid.optional().describe("The upstream's messaging service to send from."),
  verifyServiceSid: upstreamSid.optional().describe("One-time codes go through this Verify service of the upstream."),
  keywordReplies: z
    .enum(["upstream", "gateway"])
    .optional()
    .describe("Who answers STOP, START and HELP. Default: upstream."),
  reports: z
    .enum(["auto", "callback", "polling"])
    .optional()
    .describe("How delivery reports come. Default: called back where the gateway has a public URL, else polled."),
  rotateEveryDays: z.number().int().min(1).max(3650).optional().describe("Rotates the credentials by itself."),
};

const authentication = z.discriminatedUnion("method", [
  z.strictObject({ method: z.literal("NONE") }),
  z.strictObject({ method: z.literal("BASIC"), username: upstreamSid, password: credential.optional() }),
  z.strictObject({ method: z.literal("BEARER"), authToken: credential.optional() }),
  z.strictObject({
    method: z.literal("CUSTOM_HEADER"),
    headerName: upstreamSid,
    headerValue: credential.optional(),
  }),
  z.strictObject({
    method: z.literal("OAUTH2"),
    grantType: z.enum(["CLIENT_CREDENTIALS", "JWT_BEARER"]).default("CLIENT_CREDENTIALS"),
    authUrl: httpUrl,
    clientId: upstreamSid.optional(),
    clientSecret: credential.optional(),
    assertion: credential.optional(),
    scopes: z.array(upstreamSid).max(50).optional(),
  }),
]);

const headers = z.record(z.string().min(1).max(256), text.max(4096));
const timeoutMs = z.number().int().min(1).max(60_000);

const httpFields = {
  ...common,
  format: z
    .enum(["template", "zitadel", "fusionauth"])
    .default("template")
    .describe("template: the requests below; otherwise the JSON that these platforms send to their webhooks."),
  requests: z
    .array(httpRequest)
    .max(2)
    .optional()
    .describe(
      "For template. Placeholders such as {to}, {message} with a dollar sign before them: see docs/providers.md.",
    ),
  endpoint: httpUrl.optional().describe("For the other formats."),
  headers: headers.optional(),
  authentication: authentication.optional(),
  signingKey: credential.optional().describe("For zitadel: signs each request."),
  connectTimeoutMs: timeoutMs.optional(),
  readTimeoutMs: timeoutMs.optional(),
  certificate: text.max(65_536).optional().describe("PEM; for fusionauth."),
};

const account = accountSid.optional().describe("A subaccount; default: the caller's account.");
const check = z
  .enum(["flag", "require"])
  .default("flag")
  .describe(
    "require: refused when the upstream refuses the credentials. flag: stored, with the finding as its health.",
  );
const chain = z
  .enum(["head", "end"])
  .optional()
  .describe("Puts it into the fallback chain at once; the built-in sandbox leaves the chain then.");
const outer = { account, name, check, chain };

export const newProvider = z.discriminatedUnion("kind", [
  z.strictObject({ ...outer, kind: z.literal("sandbox"), ...common }),
  z.strictObject({ ...outer, kind: z.literal("twilio"), ...twilioFields }),
  z.strictObject({ ...outer, kind: z.literal("http"), ...httpFields }),
]);

/** Null takes a setting or a secret away; what is absent stays. */
export const providerChange = z
  .strictObject({
    name: name.optional(),
    check,
    ...nullable({ ...twilioFields, ...httpFields, format: z.enum(["template", "zitadel", "fusionauth"]) }),
  })
  .describe("The settings of the provider's kind. Null takes one away; what is absent stays as it is.");

function nullable<Shape extends Readonly<Record<string, z.ZodType>>>(shape: Shape) {
  return Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schema.nullable().optional()])) as {
    [Key in keyof Shape]: z.ZodOptional<z.ZodNullable<Shape[Key]>>;
  };
}

const health = z
  .object({
    state: z
      .enum(["ok", "rejected", "unreachable", "misconfigured", "unchecked"])
      .describe("rejected: the upstream refuses the credentials; unreachable: no sensible answer; unchecked: not yet."),
    code: z.number().int().nullable().describe("The upstream's own error code."),
    reason: z.string().nullable(),
    warnings: z.array(z.string()).describe("What works, but should not be so."),
    upstream: z.record(z.string(), z.unknown()).describe("What the upstream says of its account."),
    since: z.string().nullable().describe("Since when the state is what it is."),
    checkedAt: z.string().nullable(),
    checkedBy: z.enum(["save", "schedule", "request", "dispatch"]).nullable(),
  })
  .meta({ id: "ProviderHealth" });

export const healthReply = health;

export const provider = z
  .object({
    id: z.string(),
    number: z.string().describe("18 digits: its name in dialects that have no UUIDs."),
    accountSid: z.string(),
    name: z.string(),
    kind: z.enum(["sandbox", "twilio", "http"]),
    builtIn: z.boolean().describe("Made with the account."),
    config: z.record(z.string(), z.unknown()),
    secrets: z.array(z.string()).describe("Which secrets are stored; never their values."),
    chainPosition: z.number().int().nullable().describe("0: the active provider; null: not in the fallback chain."),
    health: health.nullable().describe("Null: a sandbox, which has nothing to check."),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "Provider" });

export const providersReply = z.object({
  providers: z.array(provider).describe("The fallback chain in its order, then the others."),
});

export const upstreamSendersReply = z.object({
  senders: z.array(
    z.object({
      sid: z.string(),
      kind: z.enum(["number", "short_code", "messaging_service"]),
      address: z.string(),
      name: z.string(),
      capabilities: z.array(z.string()),
      syncedAt: z.string(),
    }),
  ),
});

export const nothing = z.null().describe("Done.");

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
