// Any request to the API, with retries under the caller's control. Credentials leave only for the connection's own
// server; a request that may have been carried out is repeated only if that is harmless or the caller says so.

import type { IncomingHttpHeaders } from "node:http";
import { parseUrl } from "../../src/core/parse-url.ts";
import type { Connection } from "../connection.ts";
import { ActionError, invalidInput } from "../errors.ts";
import { answerError, failureError, type Pairs } from "../http/call.ts";
import type { Exchange, HttpAnswer, HttpRequest } from "../http/exchange.ts";
import { observedExchange } from "../http/log.ts";
import { backoffMs, mayRepeat, withRetries } from "../http/retry.ts";
import { parseJson } from "../json.ts";
import { type BodyInput, rawBody } from "./body.ts";
import { rawUrl } from "./url.ts";

export interface RawRequestInput extends BodyInput {
  /** A path below `/2010-04-01`, or a whole URL of the connection's server. `$TWILIO_ACCOUNT_SID` is filled in. */
  readonly url: string;
  readonly method: string;
  readonly query?: Pairs | undefined;
  readonly headers?: Pairs | undefined;
  /** Default `json`: parsed, or text when it is no JSON. `arraybuffer`: a Buffer. */
  readonly responseType?: "json" | "text" | "arraybuffer" | "document" | undefined;
  /** For each attempt. Default: the connection's, 30 s; 0: no limit. */
  readonly timeoutMs?: number | undefined;
  /** Default 0. */
  readonly maxRetries?: number | undefined;
  /** Between retries without exponential backoff. Default 0. */
  readonly retryDelayMs?: number | undefined;
  /** Also after 4xx, and POST after an unknown outcome. Default false. */
  readonly retryAllErrors?: boolean | undefined;
  /** Waits of 0.5, 1, 2 … s, at most 30, each shortened by up to a half at random. Default false. */
  readonly useExponentialBackoff?: boolean | undefined;
}

export interface RawAnswer {
  readonly data: unknown;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

export const rawMethods = ["DELETE", "GET", "HEAD", "LINK", "OPTIONS", "PATCH", "POST", "PURGE", "PUT", "UNLINK"];

const IDEMPOTENT = /^(GET|HEAD|OPTIONS|PUT|DELETE)$/;
const BACKOFF_BASE_MS = 500;
const LONGEST_WAIT_MS = 5 * 60_000;
const MOST_RETRIES = 20;
const MOST_REDIRECTS = 3;
/** The connection's business, not the caller's. */
const OWN_HEADERS =
  /^(authorization|host|connection|content-length|transfer-encoding|accept-encoding|expect|upgrade|te|trailer|proxy-.*)$/;

/** Throws an ActionError for every answer outside 200 to 299, with the answer's body in its facts. */
export async function rawRequest(connection: Connection, input: RawRequestInput): Promise<RawAnswer> {
  const request = build(connection, input);
  const repeatable = isRepeatable(connection, request);
  const { maxRetries = 0, retryDelayMs = 0, retryAllErrors = false, useExponentialBackoff = false } = input;
  if (!(maxRetries >= 0 && retryDelayMs >= 0)) throw invalidInput("Retry count and delay must not be negative.");
  let result = await withRetries((attempt) => observedExchange(connection, request, attempt), {
    retries: Math.min(Math.floor(maxRetries), MOST_RETRIES),
    delayMs: (retry) => (useExponentialBackoff ? backoffMs(BACKOFF_BASE_MS, retry) : retryDelayMs),
    longestWaitMs: LONGEST_WAIT_MS,
    mayRepeat: (exchange) => (retryAllErrors ? isError(exchange) : mayRepeat(exchange, repeatable)),
    signal: connection.signal,
  });
  result = await followRedirects(connection, request, result);
  return readResult(connection, result, { repeatable, responseType: input.responseType ?? "json" });
}

function build(connection: Connection, input: RawRequestInput): HttpRequest {
  const method = input.method.trim().toUpperCase();
  if (!rawMethods.includes(method)) throw invalidInput(`The method must be one of ${rawMethods.join(", ")}.`);
  const timeoutMs = input.timeoutMs ?? connection.timeoutMs;
  if (!(timeoutMs >= 0)) throw invalidInput("The timeout must not be negative.");
  const url = rawUrl(connection, input.url, input.query ?? []);
  const given = readHeaders(input.headers ?? []);
  const { "content-type": declared, ...others } = given;
  const { body, contentType } = rawBody(input, { isClassic: url.pathname.includes("/2010-04-01/"), declared });
  const type = contentType ?? declared;
  return {
    method,
    url,
    headers: {
      accept: "application/json, text/plain, */*",
      "user-agent": "trunkline-actions",
      ...others,
      ...(type === undefined ? {} : { "content-type": type }),
      authorization: connection.authorization(),
    },
    body,
    timeoutMs,
    signal: connection.signal,
  };
}

/** Lower-case names; a repeated one has its values joined. The connection's own are left out. */
function readHeaders(pairs: Pairs): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [given, value] of pairs) {
    const name = given.trim().toLowerCase();
    if (name === "" || OWN_HEADERS.test(name)) continue;
    if (!/^[!#$%&'*+.^_`|~\da-z-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw invalidInput(`The header ${JSON.stringify(given)} has characters that no header can have.`);
    }
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}

/** With an idempotency key a gateway takes a request twice and does it once. */
function isRepeatable(connection: Connection, { method, headers }: HttpRequest): boolean {
  return IDEMPOTENT.test(method) || (!connection.isTwilio && headers["idempotency-key"] !== undefined);
}

function isError(result: Exchange): boolean {
  if (result.kind === "failed") return result.code !== "ABORTED" && result.code !== "TOO_LARGE";
  return result.status >= 400;
}

/** Of GET and HEAD only. Another server gets neither the credentials nor any header of the caller's. */
async function followRedirects(connection: Connection, request: HttpRequest, first: Exchange): Promise<Exchange> {
  let result = first;
  let url = request.url;
  for (let hops = 0; hops < MOST_REDIRECTS && /^(GET|HEAD)$/.test(request.method); hops++) {
    const target = redirectTarget(result, url);
    if (target === null) return result;
    if (url.protocol === "https:" && target.protocol !== "https:") return result;
    const headers = connection.owns(target) && target.origin === url.origin ? request.headers : { accept: "*/*" };
    url = target;
    result = await observedExchange(connection, { ...request, url, headers, body: null }, 1);
  }
  return result;
}

function redirectTarget(result: Exchange, from: URL): URL | null {
  if (result.kind === "failed" || ![301, 302, 303, 307, 308].includes(result.status)) return null;
  const target = parseUrl(result.headers.location ?? "", from.href);
  return target !== null && /^https?:$/.test(target.protocol) ? target : null;
}

function readResult(
  connection: Connection,
  result: Exchange,
  { repeatable, responseType }: { readonly repeatable: boolean; readonly responseType: string },
): RawAnswer {
  if (result.kind === "failed") throw failureError(connection, result, repeatable);
  const { status, headers } = result;
  if (status >= 200 && status <= 299) {
    return { data: readData(result, responseType), status, headers: shownHeaders(headers) };
  }
  const error = answerError(connection, result, repeatable);
  const body = connection.redact(result.body.toString("utf8").slice(0, 10_000));
  throw new ActionError(error.kind, error.message, { ...error.facts, body: parseJson(body) ?? body });
}

function readData({ body }: HttpAnswer, responseType: string): unknown {
  if (responseType === "arraybuffer") return body;
  const text = body.toString("utf8");
  const json = responseType === "json" ? parseJson(text) : undefined;
  // A null is an answer, too.
  return json === undefined ? text : json;
}

/** Without cookies. */
function shownHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === "string" && name !== "set-cookie" ? [[name, value]] : [],
    ),
  );
}
