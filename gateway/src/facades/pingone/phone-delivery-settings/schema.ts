// What comes in for a phone delivery setting. Only shapes and lengths are judged here; what depends on the provider's account
// or on what is stored is judged where that is known.

import { z } from "zod";
import { isCountry } from "../../../core/addresses/phone-number.ts";
import { filledText, parseJson, readValue, text } from "../body.ts";
import { constraint, type ErrorDetail, invalidData, required } from "../details.ts";
import { capabilities, numberTypes, type ProviderType, providerTypes } from "./dialect.ts";

const name = filledText.max(200);
const secret = text.min(1).max(4096);
const sid = text.max(200);

const country = z
  .string()
  .refine(isCountry, "must be an upper-case ISO 3166-1 alpha-2 code of a country with telephone numbers");

const number = z.object({
  number: text.min(1).max(64),
  type: z.enum(numberTypes),
  selected: z.boolean().optional(),
  available: z.boolean().optional(),
  capabilities: z
    .array(z.enum([...capabilities, "UNKNOWN"]))
    .max(10)
    .transform((all) => capabilities.filter((each) => all.includes(each)))
    .optional(),
  supportedCountries: z.array(country).max(300).optional(),
});
export type NumberWish = z.output<typeof number>;

const messagingService = z.object({
  messagingServiceId: text.min(1).max(64),
  selected: z.boolean().optional(),
});
export type ServiceWish = z.output<typeof messagingService>;

const common = {
  id: z.string().max(64).optional(),
  name: name.optional(),
  default: z.boolean().optional(),
};

const numbers = z.array(number).max(10_000).optional();

const twilio = z.object({
  ...common,
  sid: sid.optional(),
  authToken: secret.optional(),
  verifyServiceId: text.min(1).max(64).optional(),
  messagingServices: z.array(messagingService).max(10_000).optional(),
  numbers,
});
export type TwilioWish = z.output<typeof twilio>;

const syniverse = z.object({ ...common, authToken: secret.optional(), numbers });
export type SyniverseWish = z.output<typeof syniverse>;

const url = text.min(1).max(4000);

const request = z.object({
  deliveryMethod: z.enum(["SMS", "VOICE"]),
  method: z.enum(["GET", "POST"]),
  url,
  body: text.max(65_536).optional(),
  headers: z.record(text.min(1).max(256), text.max(4096)).optional(),
  phoneNumberFormat: z.enum(["FULL", "NUMBER_ONLY"]).default("FULL"),
  beforeTag: text.max(1000).optional(),
  afterTag: text.max(1000).optional(),
});

const jwt = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const authentication = z.discriminatedUnion("method", [
  /** Of a provider that another dialect has made; cannot be wished for. */
  z.object({ method: z.literal("NONE") }),
  z.object({ method: z.literal("BASIC"), username: name, password: secret.optional() }),
  z.object({ method: z.literal("BEARER"), authToken: secret.optional() }),
  z.object({ method: z.literal("CUSTOM_HEADER"), headerName: name, headerValue: secret.optional() }),
  z.object({
    method: z.literal("OAUTH2"),
    grantType: z.enum(["CLIENT_CREDENTIALS", "JWT_BEARER"]).default("CLIENT_CREDENTIALS"),
    authUrl: url.refine(isSecureEnough, "must be an https URL"),
    clientId: name.optional(),
    clientSecret: secret.optional(),
    assertion: secret.refine((assertion) => jwt.test(assertion), "must be a JWT").optional(),
    scopes: z.array(name).max(50).optional(),
  }),
]);
export type AuthenticationWish = z.output<typeof authentication>;

const custom = z.object({
  ...common,
  name,
  requests: z.array(request).min(1).max(2),
  authentication,
  numbers,
});
export type CustomWish = z.output<typeof custom>;

export type Wish =
  | { readonly type: TwilioType; readonly body: TwilioWish }
  | { readonly type: "CUSTOM_SYNIVERSE"; readonly body: SyniverseWish }
  | { readonly type: "CUSTOM_PROVIDER"; readonly body: CustomWish };
export type TwilioType = Exclude<ProviderType, "CUSTOM_SYNIVERSE" | "CUSTOM_PROVIDER">;

/** Throws a 400 with everything that is wrong. `isNew`: what a setting cannot be made without is looked at as well. */
export function readWish(requestBody: unknown, { isNew = false } = {}): Wish {
  const json = parseJson(requestBody);
  const type = readType(json["provider"]);
  const missing = isNew ? missingFields(type, json) : [];
  switch (type) {
    case "CUSTOM_SYNIVERSE":
      return { type, body: readValue(syniverse, json, missing) };
    case "CUSTOM_PROVIDER":
      return { type, body: readValue(custom, json, missing) };
    default:
      return { type, body: readValue(twilio, json, missing) };
  }
}

function readType(provider: unknown): ProviderType {
  if (provider === undefined) throw invalidData(required("provider"));
  const type = providerTypes.find((known) => known === provider);
  if (type !== undefined) return type;
  const allowed = { allowedValues: [...providerTypes] };
  const message = "is not a provider that can be configured";
  throw invalidData({ code: "INVALID_VALUE", target: "provider", message, innerError: allowed });
}

/** Beyond what the schemas demand of every body. */
const needed: Readonly<Record<ProviderType, readonly string[]>> = {
  CUSTOM_TWILIO: ["sid", "authToken"],
  CUSTOM_TWILIO_MESSAGING_SERVICE: ["sid", "authToken", "name"],
  CUSTOM_TWILIO_VERIFY: ["sid", "authToken", "verifyServiceId"],
  CUSTOM_SYNIVERSE: ["authToken"],
  CUSTOM_PROVIDER: [],
};

/** What a setting cannot be made without. */
export function missingFields(type: ProviderType, body: Readonly<Record<string, unknown>>): ErrorDetail[] {
  return needed[type].filter((field) => body[field] === undefined).map(required);
}

/**
 * What is wrong with the countries of numbers. `isOwn`: the list is the caller's alone, with nothing to fall back to where a
 * country is missing.
 */
export function countryProblems(list: readonly NumberWish[] = [], isOwn: boolean): ErrorDetail[] {
  return list.flatMap(({ type, supportedCountries: countries }, index) => {
    const reason = countryProblem(type, countries, isOwn);
    return reason === null ? [] : [constraint(`numbers[${index}].supportedCountries`, reason)];
  });
}

function countryProblem(
  type: NumberWish["type"],
  countries: readonly string[] | undefined,
  isOwn: boolean,
): string | null {
  if (type === "PHONE_NUMBER") {
    return countries === undefined || countries.length === 0 ? null : "must not be given for a PHONE_NUMBER";
  }
  if (countries === undefined) return isOwn ? `must be given for a ${type}` : null;
  if (countries.length === 0) return "must not be empty";
  return type === "SHORT_CODE" && countries.length > 1 ? "must be one country for a SHORT_CODE" : null;
}

/** In the clear only where nobody else can listen. */
export function isSecureEnough(given: string): boolean {
  // Placeholders are not yet filled in.
  const parsed = URL.parse(given.replaceAll(/\$\{[^}]*\}/g, "x"));
  if (parsed === null || parsed.hostname === "") return false;
  if (parsed.protocol === "https:") return true;
  return parsed.protocol === "http:" && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(parsed.hostname);
}
