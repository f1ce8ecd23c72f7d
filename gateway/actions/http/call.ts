// A call of the API: form in, JSON out, retried as far as that is harmless. Whatever goes wrong becomes an ActionError
// that says what happened and what to do, without a secret and without foreign text (an HTML page) in it.

import type { IncomingHttpHeaders } from "node:http";
import { retryAfterMs } from "../../src/core/callbacks/retries.ts";
import type { Connection, Product } from "../connection.ts";
import { ActionError, type ActionErrorKind } from "../errors.ts";
import { isObject, type JsonObject, numberOrNull, parseJson, textOf } from "../json.ts";
import type { Exchange, HttpAnswer, HttpFailure } from "./exchange.ts";
import { observedExchange } from "./log.ts";
import { backoffMs, mayRepeat, withRetries } from "./retry.ts";

export type Pairs = readonly (readonly [name: string, value: string])[];

export interface ApiCall {
  readonly method: "GET" | "POST" | "DELETE";
  readonly product?: Product;
  /** With its version: `/2010-04-01/Accounts/…`. */
  readonly path: string;
  readonly query?: Pairs;
  readonly form?: Pairs;
  readonly headers?: Readonly<Record<string, string>>;
  /** Is doing it twice as good as once? Default: every method but POST. */
  readonly repeatable?: boolean;
  /** Instead of the connection's credentials. */
  readonly authorization?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Empty for a 204. */
  readonly json: JsonObject;
}

export async function call(connection: Connection, request: ApiCall): Promise<ApiAnswer> {
  const repeatable = request.repeatable ?? request.method !== "POST";
  const { retries, baseDelayMs, longestWaitMs } = connection.retry;
  const result = await withRetries((attempt) => send(connection, request, { repeatable, attempt }), {
    retries,
    delayMs: (retry) => backoffMs(baseDelayMs, retry),
    longestWaitMs,
    mayRepeat: (exchange) => mayRepeat(exchange, repeatable),
    signal: connection.signal,
  });
  return readAnswer(connection, result, repeatable);
}

function send(
  connection: Connection,
  request: ApiCall,
  { repeatable, attempt }: { readonly repeatable: boolean; readonly attempt: number },
): Promise<Exchange> {
  const url = connection.urlOf(request.product ?? "api", request.path);
  for (const [name, value] of request.query ?? []) url.searchParams.append(name, value);
  const form = request.method === "POST" ? encodePairs(request.form ?? []) : null;
  const httpRequest = {
    method: request.method,
    url,
    headers: {
      accept: "application/json",
      "user-agent": "trunkline-actions",
      ...(form === null ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      ...request.headers,
      authorization: request.authorization ?? connection.authorization(),
    },
    body: form === null ? null : Buffer.from(form),
    timeoutMs: connection.timeoutMs,
    signal: connection.signal,
    agents: repeatable ? connection.agents : undefined,
  };
  return observedExchange(connection, httpRequest, attempt);
}

/** Lone surrogates (half an emoji, cut by some export) become U+FFFD instead of an exception. */
export function encodePairs(pairs: Pairs): string {
  return pairs
    .map(([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`)
    .join("&");
}

function readAnswer(connection: Connection, result: Exchange, repeatable: boolean): ApiAnswer {
  if (result.kind === "failed") throw failureError(connection, result, repeatable);
  const { status, headers, body } = result;
  if (status < 200 || status > 299) throw answerError(connection, result, repeatable);
  if (body.length === 0 && status === 204) return { status, headers, json: {} };
  const json = parseJson(body.toString("utf8"));
  if (isObject(json)) return { status, headers, json };
  throw new ActionError(
    "unexpected-answer",
    `${connection.serverName} answered ${status} with ${kindOfBody(result)} instead of JSON. Is the API base URL right?`,
    { status },
  );
}

/** `repeatable`: nothing can have gone wrong by asking. */
export function failureError(connection: Connection, failure: HttpFailure, repeatable: boolean): ActionError {
  const { code, reached } = failure;
  const reason = connection.redact(failure.reason);
  if (code === "ABORTED") return new ActionError("aborted", "Stopped by the caller.");
  if (code === "TOO_LARGE") return new ActionError("unexpected-answer", `${connection.serverName}: ${reason}.`);
  const story = `${connection.serverName}: ${reason} (${code}).`;
  if (!reached) return new ActionError("unavailable", `No connection to ${story} Nothing was sent.`);
  if (repeatable) return new ActionError("unavailable", `No answer from ${story}`);
  return new ActionError(
    "unknown-outcome",
    `No answer from ${story} The request may have been carried out, so it was not sent again.`,
  );
}

/** The error that an answer outside 200 to 299 stands for. */
export function answerError(connection: Connection, answer: HttpAnswer, repeatable: boolean): ActionError {
  const { status } = answer;
  const parsed = parseJson(answer.body.toString("utf8"));
  const json = isObject(parsed) ? (isObject(parsed["error"]) ? parsed["error"] : parsed) : {};
  const code = numberOrNull(json, "code");
  const waitMs = retryAfterMs(answer.headers["retry-after"] ?? null, Date.now());
  const moreInfo = textOf(json, "more_info");
  const facts = {
    status,
    ...(code === null ? {} : { code }),
    ...(moreInfo === "" ? {} : { moreInfo }),
    ...(waitMs === null ? {} : { retryAfterSeconds: Math.ceil(waitMs / 1000) }),
  };
  const given = textOf(json, "message") || textOf(json, "detail") || textOf(json, "title");
  const said = given === "" ? `it answered with ${kindOfBody(answer)}` : given;
  const name = code === null ? connection.serverName : `${connection.serverName} ${code}`;
  const kind = kindOf(status, repeatable);
  const parts = [`${name} (HTTP ${status}): ${said}`, adviceFor(kind, facts.retryAfterSeconds), moreInfo];
  return new ActionError(kind, connection.redact(parts.filter((part) => part !== "").join(" ")), facts);
}

function kindOf(status: number, repeatable: boolean): ActionErrorKind {
  if (status === 401 || status === 403) return "credentials";
  if (status === 404) return "not-found";
  if (status === 429) return "rate-limited";
  if (status >= 300 && status < 400) return "unexpected-answer";
  if (status < 500 && status !== 408) return "refused";
  return repeatable ? "unavailable" : "unknown-outcome";
}

function adviceFor(kind: ActionErrorKind, retryAfterSeconds: number | undefined): string {
  switch (kind) {
    case "credentials":
      return "Check the connection's credentials and what they may do.";
    case "rate-limited":
      return retryAfterSeconds === undefined ? "Try again later." : `Try again in ${retryAfterSeconds} s.`;
    case "unknown-outcome":
      return "It may have been carried out, so it was not sent again.";
    case "unexpected-answer":
      return "Redirects are not followed. Is the API base URL right?";
    default:
      return "";
  }
}

function kindOfBody({ headers, body }: HttpAnswer): string {
  if (body.length === 0) return "nothing";
  const type = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type.includes("html")) return "an HTML page";
  return /^[\w.+-]+\/[\w.+-]+$/.test(type) ? `a body of type ${type}` : "a body of no known type";
}
