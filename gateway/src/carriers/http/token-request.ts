// The request to an OAuth 2 token endpoint (RFC 6749 sections 2.3, 4.4 and 5; RFC 7523 section 2.1), and its answer. What
// goes wrong is told without a word of what was sent or answered, but for the error code of RFC 6749.

import { z } from "zod";
import type { HttpSettings } from "../../core/providers/settings.ts";
import type { CarrierProvider } from "../carrier.ts";
import { parseJson } from "./answer.ts";
import type { Exchange, ExchangeAnswer, ExchangeRequest, ExchangeResult } from "./exchange.ts";
import { retryAfterOf } from "./retry-after.ts";

type Authentication = NonNullable<HttpSettings["authentication"]>;
export type OAuthSettings = Extract<Authentication, { method: "OAUTH2" }>;
export type ClientAuthenticationMethod = NonNullable<OAuthSettings["clientAuthenticationMethod"]>;

export interface TokenQuestion {
  readonly provider: CarrierProvider;
  readonly oauth: OAuthSettings;
  /** For the connection to the token endpoint. */
  readonly certificate: string | undefined;
}

export interface TokenAnswer {
  readonly kind: "token";
  readonly token: string;
  readonly expiresInMs: number;
  readonly clientAuthenticationMethod: ClientAuthenticationMethod;
}

export interface TokenFailure {
  /** As the states of an upstream that fails. */
  readonly kind: "rejected" | "unreachable" | "misconfigured";
  /** Of the answer; null: there was none. */
  readonly status: number | null;
  /** Of the webhook family, or Twilio's for refused credentials and rate limits. */
  readonly code: number;
  readonly reason: string;
  readonly retryAfterMs?: number;
}

const connectTimeoutMs = 4_000;
const totalTimeoutMs = 8_000;
const defaultLifetimeSeconds = 300;
const lifetimeSecondsMax = 86_400 * 30;

/** Tries the client authentication that is known or, when none is, both. Never rejects. */
export async function askForToken(
  exchange: Exchange,
  question: TokenQuestion,
  known: ClientAuthenticationMethod | undefined,
): Promise<TokenAnswer | TokenFailure> {
  const { oauth, provider } = question;
  const signal = AbortSignal.timeout(totalTimeoutMs);
  const method = known ?? oauth.clientAuthenticationMethod;
  const hasSecret = provider.secrets["clientSecret"] !== undefined && oauth.clientId !== undefined;
  const methods: ClientAuthenticationMethod[] = !hasSecret
    ? ["BODY"]
    : method !== undefined
      ? [method]
      : ["BASIC_AUTH_HEADER", "BODY"];
  let failure: TokenFailure | null = null;
  for (const current of methods) {
    const result = await exchange.request(requestFor(question, current), signal);
    const answer = readAnswer(result, current);
    if (answer.kind === "token") return answer;
    failure ??= answer;
    if (!isAboutClient(result)) break;
  }
  return failure ?? misconfigured(null, "the token endpoint could not be asked");
}

function requestFor(
  { oauth, provider, certificate }: TokenQuestion,
  method: ClientAuthenticationMethod,
): ExchangeRequest {
  const { clientSecret, assertion } = provider.secrets;
  const form = new URLSearchParams();
  if (oauth.grantType === "JWT_BEARER") {
    form.set("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
    form.set("assertion", assertion ?? "");
  } else {
    form.set("grant_type", "client_credentials");
  }
  if (oauth.scopes !== undefined && oauth.scopes.length > 0) form.set("scope", oauth.scopes.join(" "));
  const headers: Record<string, string> = {
    accept: "application/json",
    "content-type": "application/x-www-form-urlencoded",
  };
  if (method === "BASIC_AUTH_HEADER") {
    headers["authorization"] = basicOf(oauth.clientId ?? "", clientSecret ?? "");
  } else {
    if (oauth.clientId !== undefined) form.set("client_id", oauth.clientId);
    if (clientSecret !== undefined) form.set("client_secret", clientSecret);
  }
  return {
    url: oauth.authUrl,
    method: "POST",
    headers,
    body: form.toString(),
    connectTimeoutMs,
    readTimeoutMs: totalTimeoutMs,
    certificate,
    mayWrite: () => true,
  };
}

/** RFC 6749 section 2.3.1: both parts are form-encoded before they are joined. */
function basicOf(clientId: string, clientSecret: string): string {
  const encoded = [clientId, clientSecret].map((part) => new URLSearchParams({ x: part }).toString().slice(2));
  return `Basic ${Buffer.from(encoded.join(":")).toString("base64")}`;
}

const answerSchema = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,16384}$/),
  token_type: z
    .string()
    .regex(/^bearer$/i)
    .optional(),
  expires_in: z.coerce.number().optional().catch(undefined),
});

function readAnswer(result: ExchangeResult, method: ClientAuthenticationMethod): TokenAnswer | TokenFailure {
  if (result.kind === "failure") {
    const reason = `the token endpoint cannot be reached (${result.reason})`;
    const code = result.errorCode;
    if (result.reason === "blocked-address" || result.reason === "bad-url") {
      return { kind: "misconfigured", status: null, code, reason };
    }
    return { kind: "unreachable", status: null, code, reason };
  }
  if (result.status < 200 || result.status > 299) return refusalOf(result);
  const parsed = answerSchema.safeParse(parseJson(result.body));
  if (!parsed.success) return misconfigured(result.status, "the token endpoint answered without a bearer token");
  const { access_token: token, expires_in: lifetime = defaultLifetimeSeconds } = parsed.data;
  const seconds = Math.min(lifetimeSecondsMax, Math.max(0, lifetime));
  return { kind: "token", token, expiresInMs: seconds * 1000, clientAuthenticationMethod: method };
}

function refusalOf(answer: ExchangeAnswer): TokenFailure {
  const { status } = answer;
  const error = errorOf(answer);
  const detail = error === null ? `${status}` : `${status}, ${error}`;
  if (status === 429 || status === 408 || status >= 500) {
    const retryAfterMs = retryAfterOf(answer.headers);
    const code = status === 429 ? 20429 : 20503;
    const failure = { kind: "unreachable", status, code, reason: `the token endpoint fails (${detail})` } as const;
    return retryAfterMs === null ? failure : { ...failure, retryAfterMs };
  }
  if (status === 400 || status === 401 || status === 403) {
    return { kind: "rejected", status, code: 20003, reason: `the token endpoint refuses the credentials (${detail})` };
  }
  return misconfigured(status, `the token endpoint answered ${detail}`);
}

function misconfigured(status: number | null, reason: string): TokenFailure {
  return { kind: "misconfigured", status, code: 11200, reason };
}

/** The other way of authenticating may be the one that the server wants. */
function isAboutClient(result: ExchangeResult): boolean {
  if (result.kind === "failure" || (result.status !== 400 && result.status !== 401)) return false;
  const error = errorOf(result);
  return error === null || error === "invalid_client" || error === "invalid_request" || error === "unauthorized_client";
}

const errorNames = new Set([
  "invalid_client",
  "invalid_grant",
  "invalid_request",
  "invalid_scope",
  "unauthorized_client",
  "unsupported_grant_type",
  "temporarily_unavailable",
  "server_error",
]);

function errorOf({ body }: ExchangeAnswer): string | null {
  const document = parseJson(body);
  const error = typeof document === "object" && document !== null && "error" in document ? document.error : null;
  return typeof error === "string" && errorNames.has(error) ? error : null;
}
