// Between a messenger and the provider that it is in the store. What is given is kept as it was, beside what it was taken for:
// as long as no other dialect has changed the latter, the former comes back. Knows which provider fields a messenger has words
// for; all others are left alone.

import assert from "node:assert";
import { isDeepStrictEqual } from "node:util";
import { senderIn } from "../../../core/addresses/national-number.ts";
import { parseSender } from "../../../core/addresses/sender.ts";
import type { ProviderWithSecrets } from "../../../core/providers/provider.ts";
import { httpSettings } from "../../../core/providers/settings.ts";
import { type Json, type JsonObject, parseJson } from "../json/parse.ts";
import { writeJson } from "../json/write.ts";
import type { GenericMessenger, Messenger, TwilioMessenger } from "./messenger.ts";

type Config = Readonly<Record<string, unknown>>;
export type StoredProvider = Pick<ProviderWithSecrets, "config" | "secrets" | "dialects" | "kind">;

/** What this dialect keeps with a provider. */
export interface Kept {
  /** JSON text: the database's JSON would lose what it cannot hold. */
  readonly data: string;
  readonly messageTypes: readonly string[];
  /** As given. */
  readonly given: Readonly<Record<string, string | number>>;
  /** The provider's fields that those became. */
  readonly became: Config;
}

export interface StoredForm {
  readonly config: Config;
  /** Null takes one away. */
  readonly secrets: Readonly<Record<string, string | null>>;
  readonly dialects: { readonly fusionauth: Kept };
}

const twilioUrl = "https://api.twilio.com";
/** The same in other spellings. */
const isTwilioUrl = /^https:\/\/api\.twilio\.com(?::443)?\/?$/i;
const timeoutMsMax = 60_000;
const secretHeader = /auth|cookie|key|token|secret|passw|credential|signature/i;

/** `before`: what the provider holds already. `region`: where numbers without a country are. */
export function toStored(messenger: Messenger, before: StoredProvider | null, region: string): StoredForm {
  const parts = messenger.type === "Twilio" ? twilioParts(messenger, region) : genericParts(messenger, before);
  const config = { ...before?.config, ...parts.fields, eventLog: messenger.debug ? "all" : "errors" };
  const kept = {
    data: writeJson(messenger.data),
    messageTypes: messenger.messageTypes,
    given: withoutUndefined(parts.given) as Kept["given"],
    became: withoutUndefined(parts.fields),
  };
  return { config: withoutUndefined(config), secrets: parts.secrets, dialects: { fusionauth: kept } };
}

interface Parts {
  /** Undefined takes a field away. */
  readonly fields: Record<string, unknown>;
  readonly secrets: StoredForm["secrets"];
  readonly given: Readonly<Record<string, Json | undefined>>;
}

function twilioParts(messenger: TwilioMessenger, region: string): Parts {
  const { accountSID, authToken, fromPhoneNumber, messagingServiceSid, url } = messenger;
  const token = nonEmpty(authToken);
  return {
    fields: {
      accountSid: accountSID,
      baseUrl: isTwilioUrl.test(url ?? "") ? undefined : url,
      fromNumber: senderOf(fromPhoneNumber, region),
      messagingServiceSid: nonBlank(messagingServiceSid),
      mayLackAuthToken: token === null ? true : undefined,
      admitsUpstreamCredentials: token === null ? undefined : true,
    },
    secrets: { authToken: token },
    given: { accountSID, fromPhoneNumber, messagingServiceSid, url },
  };
}

function senderOf(text: string | undefined, region: string): string | undefined {
  const sender = parseSender(senderIn(region, text?.trim() ?? ""));
  return sender === null || sender.kind === "service" || sender.kind === "channel" ? undefined : sender.address;
}

function genericParts(messenger: GenericMessenger, before: StoredProvider | null): Parts {
  const { connectTimeout, readTimeout, httpAuthenticationUsername: username, httpAuthenticationPassword } = messenger;
  const { sslCertificate, sslCertificateId, url } = messenger;
  const password = nonEmpty(httpAuthenticationPassword);
  const [plain, secret] = dividedHeaders(messenger.headers);
  return {
    fields: {
      format: "fusionauth",
      ...addressed(url, before),
      headers: Object.keys(plain).length === 0 ? undefined : plain,
      connectTimeoutMs: connectTimeout === undefined ? undefined : Math.min(connectTimeout, timeoutMsMax),
      readTimeoutMs: readTimeout === undefined ? undefined : Math.min(readTimeout, timeoutMsMax),
      certificate: nonEmpty(sslCertificate) ?? undefined,
      authentication: authenticationOf(username, password, before),
    },
    secrets: { password, headers: Object.keys(secret).length === 0 ? null : JSON.stringify(secret) },
    given: { connectTimeout, readTimeout, httpAuthenticationUsername: username, sslCertificate, sslCertificateId, url },
  };
}

/** A provider of another dialect's making keeps its form; only the address is a messenger's to change. */
function addressed(url: string | undefined, before: StoredProvider | null): Record<string, unknown> {
  const settings = before === null ? null : httpSettings.safeParse(before.config);
  if (!settings?.success || settings.data.format === "fusionauth") return { endpoint: url };
  const { format, requests } = settings.data;
  if (format !== "template") return { format, endpoint: url };
  const first = requests?.find(({ deliveryMethod }) => deliveryMethod === "SMS") ?? requests?.[0];
  return { format, requests: requests?.map((one) => (one === first ? { ...one, url } : one)) };
}

/** Basic authentication needs both; other ways that another dialect has set up stay. */
function authenticationOf(
  username: string | undefined,
  password: string | null,
  before: StoredProvider | null,
): unknown {
  if (nonBlank(username) !== undefined && password !== null) return { method: "BASIC", username };
  const authentication = before?.config["authentication"];
  return isBasic(authentication) ? undefined : authentication;
}

function dividedHeaders(headers: Readonly<Record<string, string>>) {
  const entries = Object.entries(headers);
  const isSecret = ([name]: readonly [string, string]) => secretHeader.test(name);
  return [
    Object.fromEntries(entries.filter((entry) => !isSecret(entry))),
    Object.fromEntries(entries.filter(isSecret)),
  ] as const;
}

/** What the messenger that a provider is was given as, or what it has become through another dialect. */
export function fromStored({ kind, config, secrets, dialects }: StoredProvider): JsonObject {
  const kept = keptOf(dialects);
  /** `field`: of the provider; `fallback`: from what is there now. */
  const given = (name: string, field: string, fallback: Json | undefined): Json | undefined =>
    kept !== null && isDeepStrictEqual(kept.became[field], config[field]) ? kept.given[name] : fallback;
  const shown = kind === "twilio" ? twilioFields(config, given) : genericFields(config, secrets, given);
  return {
    ...shown,
    data: kept === null ? {} : dataIn(kept),
    debug: config["eventLog"] === "all",
    messageTypes: kept?.messageTypes ?? ["SMS"],
    ...(kind === "twilio" ? textMember("authToken", secrets["authToken"]) : {}),
  };
}

function dataIn({ data }: Kept): Json {
  const parsed = parseJson(Buffer.from(data));
  assert(parsed.kind === "json", "what was written here can be read");
  return parsed.value;
}

/** Null: never seen by this dialect. */
function keptOf(dialects: Config): Kept | null {
  return (dialects["fusionauth"] as Kept | undefined) ?? null;
}

type Given = (name: string, field: string, fallback: Json | undefined) => Json | undefined;

function twilioFields(config: Config, given: Given): JsonObject {
  return members({
    accountSID: given("accountSID", "accountSid", textOf(config["accountSid"])),
    fromPhoneNumber: given("fromPhoneNumber", "fromNumber", textOf(config["fromNumber"])),
    messagingServiceSid: given("messagingServiceSid", "messagingServiceSid", textOf(config["messagingServiceSid"])),
    url: given("url", "baseUrl", textOf(config["baseUrl"]) ?? twilioUrl),
  });
}

const defaultTimeoutMs = { connect: 5_000, read: 10_000 };

function genericFields(config: Config, secrets: Readonly<Record<string, string>>, given: Given): JsonObject {
  const { connectTimeoutMs, readTimeoutMs, certificate, authentication, headers } = config;
  const settings = httpSettings.safeParse(config);
  const requests = settings.success ? (settings.data.requests ?? []) : [];
  const first = requests.find(({ deliveryMethod }) => deliveryMethod === "SMS") ?? requests[0];
  const url = textOf(config["endpoint"]) ?? first?.url;
  const basic = isBasic(authentication) ? textOf(authentication.username) : undefined;
  const username = given("httpAuthenticationUsername", "authentication", basic);
  return members({
    connectTimeout: given("connectTimeout", "connectTimeoutMs", numberOf(connectTimeoutMs) ?? defaultTimeoutMs.connect),
    readTimeout: given("readTimeout", "readTimeoutMs", numberOf(readTimeoutMs) ?? defaultTimeoutMs.read),
    headers: { ...(headers as JsonObject | undefined), ...headersIn(secrets["headers"]) },
    httpAuthenticationUsername: username,
    httpAuthenticationPassword: secrets["password"],
    sslCertificate: given("sslCertificate", "certificate", textOf(certificate)),
    sslCertificateId: given("sslCertificateId", "certificate", undefined),
    url: config["endpoint"] === undefined ? given("url", "requests", url) : given("url", "endpoint", url),
  });
}

function headersIn(json: string | undefined): Record<string, string> {
  return json === undefined ? {} : (JSON.parse(json) as Record<string, string>);
}

function isBasic(authentication: unknown): authentication is { readonly method: "BASIC"; readonly username: unknown } {
  return typeof authentication === "object" && authentication !== null && "method" in authentication
    ? authentication.method === "BASIC"
    : false;
}

function members(all: Readonly<Record<string, Json | undefined>>): JsonObject {
  return withoutUndefined(all) as JsonObject;
}

function textMember(name: string, value: string | undefined): JsonObject {
  return value === undefined ? {} : { [name]: value };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function nonEmpty(text: string | undefined): string | null {
  return text === undefined || text === "" ? null : text;
}

function nonBlank(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text;
}

function withoutUndefined(record: Config): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
