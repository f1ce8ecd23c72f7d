// What a server's answer means for a message: the outcome table of the design for servers about which nothing is known
// beyond HTTP. No text of the answer gets into a reason: it may repeat what was sent.

import type { HandoverOutcome } from "../carrier.ts";
import type { EgressFailureReason } from "../egress/failure.ts";
import type { ExchangeAnswer, ExchangeResult } from "./exchange.ts";
import { retryAfterOf } from "./retry-after.ts";

/** Twilio's codes for a rate limit, for a service that is not there, for refused credentials. */
const rateLimited = 20429;
const unavailable = 20503;
const unauthenticated = 20003;
/** Twilio's code for "got an answer, but not a good one". */
const badAnswer = 11200;

/** Of Twilio-like servers: the recipient is at fault, or has opted out. Another provider cannot help, or must not. */
const recipientFaults: ReadonlySet<number> = new Set([21211, 21214, 21217, 21610, 21614]);

/** `reference`: the carrier message id of servers that give none. */
export function outcomeOf(result: ExchangeResult, reference: string): HandoverOutcome {
  if (result.kind === "failure") {
    const reason = `${failureTexts[result.reason] ?? "the connection failed"} (${result.errorCode})`;
    if (result.maybeSent) return { kind: "unknown", reason: `${reason}, after the request was written` };
    if (result.reason === "blocked-address" || result.reason === "bad-url") {
      return { kind: "next-provider", errorCode: result.errorCode, reason };
    }
    return { kind: "retry", errorCode: result.errorCode, reason: `${reason}, before the request was written` };
  }
  const { status } = result;
  if (status >= 200 && status < 300) {
    return { kind: "accepted", carrierMessageId: carrierMessageIdOf(result) ?? reference };
  }
  return refusalOf(result);
}

const failureTexts: Readonly<Partial<Record<EgressFailureReason, string>>> = {
  "bad-url": "the URL cannot be used",
  "blocked-address": "the address is not allowed",
  "host-not-found": "the host was not found",
  "connect-timeout": "no connection in the time allowed",
  "read-timeout": "no answer in the time allowed",
  refused: "the connection was refused",
  tls: "no TLS connection could be made: the certificate or the protocol does not fit",
  aborted: "given up by the gateway",
  protocol: "the answer was not HTTP",
};

function refusalOf(answer: ExchangeAnswer): HandoverOutcome {
  const { status } = answer;
  const code = twilioCodeOf(answer);
  if (code !== null && status >= 400 && recipientFaults.has(code)) {
    return { kind: "refused", errorCode: code, reason: `${status}: the provider refuses the recipient (${code})` };
  }
  if (status === 429) return laterOf(answer, rateLimited, "429: too many requests");
  // Another gateway that does not know whether its commit went through.
  if (answer.headers["trunkline-maybe-stored"] !== undefined) return unknown(`${status}: it may have been stored`);
  // Both say that the request was not processed.
  if (status === 503 || status === 425) return laterOf(answer, unavailable, `${status}: not now`);
  if (status === 401 || status === 403) {
    return { ...next(unauthenticated, `${status}: the provider refuses the credentials`), rejected: true };
  }
  // A proxy's time-out, a conflict with an earlier try.
  if (status === 408 || status === 409) return unknown(`${status}: the provider may have taken the message`);
  if (status === 303) return unknown("303: a redirect to what came of the request, which may be a message");
  if (status >= 300 && status < 400) return next(badAnswer, `${status}: redirects are not followed`);
  if (status >= 400 && status < 500) return next(badAnswer, `${status}: the provider refuses the request`);
  if (status === 501 || status === 505) return next(badAnswer, `${status}: the provider cannot process the request`);
  if (code !== null && !serverFaults.has(code)) return next(badAnswer, `${status}: refused with code ${code}`);
  return unknown(`${status}: the provider failed, perhaps after it took the message`);
}

/** Codes with which a Twilio-like server says only that it failed itself. */
const serverFaults: ReadonlySet<number> = new Set([20500, 20502, 20503, 20504]);

function laterOf(answer: ExchangeAnswer, errorCode: number, reason: string): HandoverOutcome {
  const retryAfterMs = retryAfterOf(answer.headers);
  return retryAfterMs === null
    ? { kind: "retry", errorCode, reason }
    : { kind: "retry", errorCode, reason, retryAfterMs };
}

function next(errorCode: number, reason: string): Extract<HandoverOutcome, { kind: "next-provider" }> {
  return { kind: "next-provider", errorCode, reason };
}

function unknown(reason: string): HandoverOutcome {
  return { kind: "unknown", reason };
}

/** A five-digit `code` or `error_code` of a JSON body. */
function twilioCodeOf({ body }: ExchangeAnswer): number | null {
  const document = objectIn(body);
  for (const name of ["code", "error_code"]) {
    const code = document[name];
    const number = typeof code === "string" && /^\d{5}$/.test(code) ? Number(code) : code;
    if (typeof number === "number" && Number.isInteger(number) && number >= 10_000 && number <= 99_999) return number;
  }
  return null;
}

/** What a server calls the message; null: it does not say, or not in a form that can be kept. */
function carrierMessageIdOf({ body, headers }: ExchangeAnswer): string | null {
  const document = objectIn(body);
  const location = headers["location"];
  const candidates = [
    ...["id", "sid", "messageId", "message_id"].map((name) => document[name]),
    headers["x-message-id"],
    typeof location === "string" ? URL.parse(location, "http://x")?.pathname.split("/").at(-1) : undefined,
  ];
  for (const candidate of candidates) {
    const id = Number.isSafeInteger(candidate) ? String(candidate) : candidate;
    if (typeof id === "string" && /^[\x21-\x7e]{1,200}$/.test(id)) return id;
  }
  return null;
}

function objectIn(body: string): Readonly<Record<string, unknown>> {
  const document = parseJson(body);
  return typeof document === "object" && document !== null ? (document as Record<string, unknown>) : {};
}

/** Undefined for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
