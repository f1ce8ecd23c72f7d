// The settings of each kind of provider: what `config` and `secrets` of a provider row may hold. Checked when a provider is
// saved, by whichever facade; carriers read them as given here.

import { z } from "zod";
import { parseSender } from "../addresses/sender.ts";

const maxUrlLength = 4000;

const httpUrl = z.string().max(maxUrlLength).refine(isServerUrl, "must be an http or https URL");

export function isServerUrl(given: string): boolean {
  const url = URL.parse(given);
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") && url.hostname !== "";
}

const ownSender = z
  .string()
  .min(1)
  .max(64)
  .refine((from) => {
    const sender = parseSender(from);
    return sender !== null && sender.kind !== "service" && sender.kind !== "channel";
  }, "must be a phone number, a short code or an alphanumeric id");

/** Characters are counted, not their halves. */
const text = (max: number) =>
  z
    .string()
    .min(1)
    .refine((given) => given.length <= max || [...given].length <= max, `must be at most ${max} characters`);

const name = text(200);
const secret = z.string().min(1).max(4096);

/** One of several senders. `countries`: the only ones that it serves, ISO 3166-1 alpha-2; absent: all. */
const countrySender = z.strictObject({
  number: z.string().min(1).max(64),
  countries: z
    .array(z.string().regex(/^[A-Z]{2}$/))
    .min(1)
    .max(300)
    .optional(),
});

const common = {
  /** What it sends from when a message names no sender. */
  fromNumber: ownSender.optional(),
  /**
   * Instead of it: the first that serves the recipient's country. Empty: nothing has been chosen, so that the provider
   * takes no message that names no sender.
   */
  fromNumbers: z.array(countrySender).max(100).optional(),
  /** What to do when nobody can tell whether a message was taken; default `fail`. */
  onUnknown: z.enum(["fail", "resend"]).optional(),
  /** Hand-overs under way at once, per gateway process; the default is the carrier's. */
  maxInFlight: z.number().int().min(1).max(2000).optional(),
  /** What of its hand-overs goes into the account's event log: all, or what went wrong. Absent: nothing. */
  eventLog: z.enum(["all", "errors"]).optional(),
};

export const sandboxSettings = z.strictObject(common);

/** A Twilio-compatible server. Authenticates with the auth token, or with an API key when one is there. */
export const twilioSettings = z.strictObject({
  ...common,
  /** With or without a path (`https://sms.example/api/laml`). Absent: TRUNKLINE_TWILIO_BASE_URL, or Twilio's own hosts. */
  baseUrl: httpUrl.optional(),
  accountSid: name,
  apiKeySid: name.optional(),
  /** The upstream's messaging service to send from; goes before fromNumber. */
  messagingServiceSid: name.optional(),
  /** One-time codes are sent through this Verify service of the upstream. */
  verifyServiceSid: name.optional(),
  /** Who answers STOP, START and HELP; default `upstream`, which does so by itself. */
  keywordReplies: z.enum(["upstream", "gateway"]).optional(),
  /** How delivery reports come; default `auto`: called back where the gateway has a public URL, asked for otherwise. */
  reports: z.enum(["auto", "callback", "polling"]).optional(),
  /** Credentials are rotated by themselves every so many days; absent: never. */
  rotateEveryDays: z.number().int().min(1).max(3650).optional(),
  /** Saved without an auth token, where a dialect has it as optional: an empty one is sent. */
  mayLackAuthToken: z.literal(true).optional(),
  /** Whoever shows accountSid and authToken here may send: a platform that was pointed here in place of the upstream. */
  admitsUpstreamCredentials: z.literal(true).optional(),
});
export type TwilioSettings = z.output<typeof twilioSettings>;

export const twilioSecrets = z.strictObject({
  authToken: secret.optional(),
  /** While a rotation is under way: the other token, which the upstream may sign with. */
  secondaryAuthToken: secret.optional(),
  apiKeySecret: secret.optional(),
});

export const httpRequest = z.strictObject({
  deliveryMethod: z.enum(["SMS", "VOICE"]),
  method: z.enum(["GET", "POST"]),
  /** May hold placeholders: ${to}, ${from}, ${message} … */
  url: z.string().min(1).max(maxUrlLength),
  headers: z.record(z.string().min(1).max(256), z.string().max(4096)).optional(),
  body: z.string().max(65_536).optional(),
  /** `FULL`: with its plus sign. */
  phoneNumberFormat: z.enum(["FULL", "NUMBER_ONLY"]).optional(),
  beforeTag: z.string().max(1000).optional(),
  afterTag: z.string().max(1000).optional(),
});

const httpAuthentication = z.discriminatedUnion("method", [
  z.strictObject({ method: z.literal("NONE") }),
  /** Secret: password. */
  z.strictObject({ method: z.literal("BASIC"), username: name }),
  /** Secret: authToken. */
  z.strictObject({ method: z.literal("BEARER") }),
  /** Secret: headerValue. */
  z.strictObject({ method: z.literal("CUSTOM_HEADER"), headerName: name }),
  /** Secret: clientSecret (client credentials) or assertion (a JWT). */
  z.strictObject({
    method: z.literal("OAUTH2"),
    grantType: z.enum(["CLIENT_CREDENTIALS", "JWT_BEARER"]),
    authUrl: httpUrl,
    clientId: name.optional(),
    scopes: z.array(name).max(50).optional(),
    /** Found by trying the token endpoint; absent: not tried yet. */
    clientAuthenticationMethod: z.enum(["BASIC_AUTH_HEADER", "BODY"]).optional(),
  }),
]);

/** A server that takes a request of the operator's own making, or a webhook in one of two known forms. */
export const httpSettings = z.strictObject({
  ...common,
  /**
   * `template`: requests as written. `zitadel`, `fusionauth`: the JSON that those platforms send to their webhooks.
   * `syniverse`: kept for who manages it here; nothing can be sent through it.
   */
  format: z.enum(["template", "zitadel", "fusionauth", "syniverse"]),
  /** For `template`: at most one of each delivery method. */
  requests: z.array(httpRequest).max(2).optional(),
  /** For the other formats: a URL, but for `zitadel`, which takes any text (what is no URL cannot be sent to). */
  endpoint: text(maxUrlLength).optional(),
  headers: z.record(z.string().min(1).max(256), z.string().max(4096)).optional(),
  authentication: httpAuthentication.optional(),
  /** Milliseconds, for `fusionauth`. */
  connectTimeoutMs: z.number().int().min(1).max(60_000).optional(),
  readTimeoutMs: z.number().int().min(1).max(60_000).optional(),
  /** PEM of a certificate that the server's must be, or be signed by. */
  certificate: z.string().max(65_536).optional(),
});
export type HttpSettings = z.output<typeof httpSettings>;

export const httpSecrets = z.strictObject({
  /** Headers that are secrets: a JSON object, beside `headers` of the config. */
  headers: z.string().min(1).max(65_536).optional(),
  password: secret.optional(),
  authToken: secret.optional(),
  headerValue: secret.optional(),
  clientSecret: secret.optional(),
  assertion: secret.optional(),
  /** For `zitadel`: signs each request. */
  signingKey: secret.optional(),
});
