// One durable try of one callback: the requests that it takes and what they come to. Knows nothing of queues and
// times; the sender decides when to try again.

import { type Egress, type EgressResponse, errorCodeOf } from "../../carriers/egress.ts";
import type { NewCallback } from "../../core/callbacks/callback.ts";
import { isRefusal } from "../../core/callbacks/retries.ts";
import type { AccountSid, MessageSid, Uuid } from "../../core/ids.ts";
import type { TwimlReply } from "../../core/twiml/twiml.ts";
import { fetchTwiml, type TwimlOutcome, type TwimlTarget } from "./fetch-twiml.ts";
import type { OriginVerdict } from "./origin-limits.ts";
import { type SigningTokens, sendSigned } from "./signed-request.ts";

/** Replies that an application asks for in answer to an inbound message. */
export interface InboundReplies {
  readonly accountSid: AccountSid;
  /** Of the inbound callback: what the replies' idempotency is tied to. */
  readonly callbackId: Uuid;
  readonly messageSid: MessageSid;
  /** Who wrote the inbound message; the replies' default recipient. */
  readonly from: string;
  /** The address that received it; the replies' default sender. */
  readonly to: string;
  readonly messages: readonly TwimlReply[];
}

/**
 * Sends replies, each at most once however often it is called for the same callback. Resolves to what was wrong with
 * them, for the operator (null: nothing). Rejects when it cannot tell, to be called again.
 */
export type OnInboundReply = (replies: InboundReplies) => Promise<string | null>;

export interface AttemptResult {
  readonly kind: "delivered" | "retry" | "aborted";
  readonly status: number | null;
  /** Starts with the error code; null when all went well. */
  readonly error: string | null;
  readonly refused: boolean;
  readonly retryAfter: string | null;
  readonly verdict: OriginVerdict;
}

export interface AttemptDeps {
  readonly egress: Egress;
  readonly signingTokensOf: (accountSid: AccountSid) => Promise<SigningTokens>;
  readonly onInboundReply: OnInboundReply;
}

/** A callback in hand. `silent`: it was answered before, and replayed: its answer has no effect. */
type TriedCallback = NewCallback & { readonly silent: boolean };

/** Rejects only when the gateway itself is in trouble (no token, replies not stored). */
export async function attemptCallback(
  deps: AttemptDeps,
  callback: TriedCallback,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const tokens = await deps.signingTokensOf(callback.accountSid);
  const ask = (target: TwimlTarget, fields: NewCallback["fields"]): Promise<EgressResponse> =>
    sendSigned(deps.egress, {
      ...target,
      fields,
      tokens,
      idempotencyToken: callback.id,
      readBody: callback.kind === "inbound",
      signal,
    });
  if (callback.kind === "status") return resultOf(await ask(callback, callback.fields));
  return attemptInbound(deps, callback, ask);
}

async function attemptInbound(
  deps: AttemptDeps,
  callback: TriedCallback,
  ask: (target: TwimlTarget, fields: NewCallback["fields"]) => Promise<EgressResponse>,
): Promise<AttemptResult> {
  const first = await fetchTwiml(callback, (target) => ask(target, callback.fields));
  if (first.kind === "replies") return answered(deps, callback, first, "up");
  const verdict = verdictOf(first.response);
  if (callback.fallbackUrl !== null && !isAborted(first.response)) {
    const fields = [...callback.fields, ["ErrorCode", String(first.errorCode)], ["ErrorUrl", first.url]] as const;
    const target = { url: callback.fallbackUrl, method: callback.fallbackMethod };
    const second = await fetchTwiml(target, (hop) => ask(hop, fields));
    if (second.kind === "replies") return answered(deps, callback, second, verdict, first);
  }
  // Asked again, it would only say the same to a message that it already has.
  if (first.understood) return delivered(statusOf(first.response), errorOf(first), verdict);
  return { ...resultOf(first.response), error: errorOf(first) };
}

async function answered(
  deps: AttemptDeps,
  callback: TriedCallback,
  answer: TwimlOutcome & { kind: "replies" },
  verdict: OriginVerdict,
  failedFirst?: TwimlOutcome & { kind: "failed" },
): Promise<AttemptResult> {
  const notes = failedFirst === undefined ? [] : [`${errorOf(failedFirst)}; the fallback URL answered`];
  if (answer.warnings.length > 0) notes.push(`TwiML warnings: ${answer.warnings.join(", ")}`);
  if (answer.messages.length > 0 && callback.silent) {
    notes.push("replayed: it had been answered before, so no reply was sent");
  } else if (answer.messages.length > 0) {
    const note = await deps.onInboundReply({
      accountSid: callback.accountSid,
      callbackId: callback.id,
      messageSid: callback.messageSid,
      from: fieldOf(callback, "From"),
      to: fieldOf(callback, "To"),
      messages: answer.messages,
    });
    if (note !== null) notes.push(note);
  }
  return delivered(answer.status, notes.length === 0 ? null : notes.join("; "), verdict);
}

function delivered(status: number | null, error: string | null, verdict: OriginVerdict): AttemptResult {
  return { kind: "delivered", status, error, refused: false, retryAfter: null, verdict };
}

function resultOf(response: EgressResponse): AttemptResult {
  const errorCode = errorCodeOf(response);
  const verdict = verdictOf(response);
  const status = statusOf(response);
  if (errorCode === null) return delivered(status, null, verdict);
  return {
    kind: isAborted(response) ? "aborted" : "retry",
    status,
    error: `${errorCode} ${response.kind === "failure" ? response.detail : `HTTP ${response.status}`}`,
    refused: status !== null && isRefusal(status),
    retryAfter: retryAfterOf(response),
    verdict,
  };
}

function verdictOf(response: EgressResponse): OriginVerdict {
  if (response.kind === "answer") return response.status >= 500 ? "down" : "up";
  if (response.reason === "aborted") return "unknown";
  return response.reason === "body-too-big" || response.reason === "too-many-redirects" ? "up" : "down";
}

function isAborted(response: EgressResponse): boolean {
  return response.kind === "failure" && response.reason === "aborted";
}

function statusOf(response: EgressResponse): number | null {
  return response.kind === "answer" ? response.status : null;
}

function retryAfterOf(response: EgressResponse): string | null {
  const header = response.kind === "answer" ? response.headers["retry-after"] : undefined;
  return typeof header === "string" ? header : null;
}

function errorOf(failed: TwimlOutcome & { kind: "failed" }): string {
  return `${failed.errorCode} ${failed.reason}`;
}

function fieldOf(callback: NewCallback, name: string): string {
  return callback.fields.find(([field]) => field === name)?.[1] ?? "";
}
