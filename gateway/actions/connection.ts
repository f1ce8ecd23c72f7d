// Where requests go and as whom: Twilio's own hosts, or one origin of a server that speaks Twilio's API (a Trunkline
// gateway). Secrets live in closures only, so that no log and no JSON of a connection can show them.

import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { parseUrl } from "../src/core/parse-url.ts";
import { invalidInput } from "./errors.ts";
import { readSid } from "./sids.ts";

export type Product = "api" | "messaging" | "accounts";

export interface ConnectionSettings {
  /** `AC` and 32 hexadecimal digits. */
  readonly accountSid: string;
  /** The account's auth token. Either this, or an API key, or an access key. */
  readonly authToken?: string | undefined;
  /** `SK` and 32 hexadecimal digits. */
  readonly apiKeySid?: string | undefined;
  readonly apiKeySecret?: string | undefined;
  /** An access key of a Trunkline gateway, sent as a bearer token. Twilio has none. */
  readonly accessKey?: string | undefined;
  /**
   * Absent: Twilio. An address of Twilio's with a region and edge (`https://api.dublin.ie1.twilio.com`) is kept for every
   * product; any other address is one server for all of them, and may have a path.
   */
  readonly baseUrl?: string | undefined;
  /** How long one attempt of a request may take, from connecting to the last byte. Default 30 000; 0: no limit. */
  readonly timeoutMs?: number | undefined;
  readonly retry?: Partial<RetrySettings> | undefined;
  /** Told of every attempt. Nothing in it is secret: no body, no credentials, numbers masked. */
  readonly onExchange?: ((entry: ExchangeLogEntry) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RetrySettings {
  /** Further attempts after the first one. Default 3. */
  readonly retries: number;
  /** The first wait; each next one is twice as long, up to 30 s. Default 500. */
  readonly baseDelayMs: number;
  /** A Retry-After beyond this is not waited for. Default 60 000. */
  readonly longestWaitMs: number;
}

export interface ExchangeLogEntry {
  readonly method: string;
  /** Without query values; digits of phone numbers masked. */
  readonly url: string;
  readonly headerNames: readonly string[];
  readonly requestBytes: number;
  readonly attempt: number;
  readonly durationMs: number;
  /** Null: no answer; `failure` says why. */
  readonly status: number | null;
  readonly responseBytes: number;
  readonly failure: string | null;
}

export interface Connection {
  readonly accountSid: string;
  /** Is it Twilio itself? Otherwise a gateway, or another server that speaks its API. */
  readonly isTwilio: boolean;
  /** An API key or an access key, which may do less than the auth token. */
  readonly isApiKey: boolean;
  /** For messages to people: `Twilio`, or the server's host. */
  readonly serverName: string;
  /** `path` begins with a slash and its version. */
  urlOf(product: Product, path: string): URL;
  /** May this URL be sent the credentials? */
  owns(url: URL): boolean;
  /** The Authorization header. */
  authorization(): string;
  /** Takes every secret of the connection out of a text. */
  redact(text: string): string;
  readonly timeoutMs: number;
  readonly retry: RetrySettings;
  /** Sockets that may be used again: only for requests that may be repeated. */
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly onExchange: ((entry: ExchangeLogEntry) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

const TWILIO = "https://api.twilio.com";
const DEFAULT_TIMEOUT_MS = 30_000;
const IDLE_SOCKET_MS = 4_000;

/** Checks the settings without asking the server. Throws `invalid-input`. */
export function connect(settings: ConnectionSettings): Connection {
  const accountSid = readSid(settings.accountSid, "AC");
  if (accountSid === null) throw invalidInput("The account SID must be AC and 32 hexadecimal digits.");
  const base = readBaseUrl(settings.baseUrl?.trim() || TWILIO);
  const isTwilio = isTwilioHost(base.hostname);
  const { isApiKey, scheme, value, secret } = readCredentials(accountSid, isTwilio, settings);
  const secrets = [secret, value].filter((each) => each.length >= 4);
  const options = { keepAlive: true, timeout: IDLE_SOCKET_MS, maxSockets: 50 };
  return {
    accountSid,
    isTwilio,
    isApiKey,
    serverName: isTwilio ? "Twilio" : base.host,
    urlOf: (product, path) => (isTwilio ? onTwilio(base, product, path) : new URL(joined(base, path))),
    owns: (url) => (isTwilio ? isTwilioUrl(url) : url.origin === base.origin && isBelow(url.pathname, base.pathname)),
    authorization: () => `${scheme} ${value}`,
    redact: (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, "[secret]"), text),
    timeoutMs: settings.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    retry: { retries: 3, baseDelayMs: 500, longestWaitMs: 60_000, ...settings.retry },
    agents: { http: new HttpAgent(options), https: new HttpsAgent(options) },
    onExchange: settings.onExchange,
    signal: settings.signal,
  };
}

interface ReadCredentials {
  readonly isApiKey: boolean;
  readonly scheme: "Basic" | "Bearer";
  /** What stands behind the scheme. */
  readonly value: string;
  readonly secret: string;
}

function readCredentials(accountSid: string, isTwilio: boolean, settings: ConnectionSettings): ReadCredentials {
  const accessKey = settings.accessKey?.trim() ?? "";
  if (accessKey !== "") {
    if (isTwilio) throw invalidInput("Twilio has no access keys: give the auth token, or an API key and its secret.");
    if (!/^[!-~]+$/.test(accessKey)) throw invalidInput("The access key has characters that no access key has.");
    return { isApiKey: true, scheme: "Bearer", value: accessKey, secret: accessKey };
  }
  const [user, secret] = readUser(accountSid, settings);
  const value = Buffer.from(`${user}:${secret}`).toString("base64");
  return { isApiKey: user !== accountSid, scheme: "Basic", value, secret };
}

function readUser(accountSid: string, settings: ConnectionSettings): [user: string, password: string] {
  const givenKeySid = settings.apiKeySid?.trim() ?? "";
  const keySecret = settings.apiKeySecret?.trim() ?? "";
  const token = settings.authToken?.trim() ?? "";
  if (givenKeySid === "" && keySecret === "") {
    if (token === "") throw invalidInput("The auth token is missing.");
    return [accountSid, token];
  }
  const keySid = readSid(givenKeySid, "SK");
  if (keySid === null) throw invalidInput("The API key SID must be SK and 32 hexadecimal digits.");
  if (keySecret === "") throw invalidInput("The API key's secret is missing.");
  return [keySid, keySecret];
}

function readBaseUrl(text: string): URL {
  const url = parseUrl(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw invalidInput("The API base URL must be an http or https URL, such as https://sms.example.com.");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw invalidInput("The API base URL must have no credentials, no query and no fragment.");
  }
  const isTwilio = isTwilioHost(url.hostname);
  if (isTwilio && url.protocol !== "https:") throw invalidInput("Twilio is reached over https only.");
  // Copied from a client's documentation the address often ends in the version, which every path has already.
  url.pathname = url.pathname.replace(/\/+$/, "").replace(/\/2010-04-01$/, "");
  if (isTwilio && url.pathname !== "/") throw invalidInput("The API base URL of Twilio must have no path.");
  return url;
}

function isTwilioHost(hostname: string): boolean {
  return hostname === "twilio.com" || hostname.endsWith(".twilio.com");
}

function isTwilioUrl(url: URL): boolean {
  return url.protocol === "https:" && url.port === "" && url.hostname.endsWith(".twilio.com");
}

/** The same edge and region for every product: only the first label of the host tells products apart. */
function onTwilio(base: URL, product: Product, path: string): URL {
  const [, ...rest] = base.hostname === "twilio.com" ? ["", "twilio", "com"] : base.hostname.split(".");
  return new URL(`https://${product}.${rest.join(".")}${path}`);
}

function joined(base: URL, path: string): string {
  return base.origin + base.pathname.replace(/\/+$/, "") + path;
}

function isBelow(path: string, prefix: string): boolean {
  const folder = prefix.replace(/\/+$/, "");
  return path === folder || path.startsWith(`${folder}/`);
}
