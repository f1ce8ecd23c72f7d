// Asking an application what to do about an inbound message: the request, and the <Redirect> verbs of its answers.
// Says what was answered; sends no replies itself.

import { type EgressResponse, errorCodeOf } from "../../carriers/egress.ts";
import { parseTwiml, type TwimlReply } from "../../core/twiml/twiml.ts";

export interface TwimlTarget {
  readonly url: string;
  readonly method: "GET" | "POST";
}

export type TwimlOutcome =
  | {
      readonly kind: "replies";
      readonly status: number;
      readonly messages: readonly TwimlReply[];
      /** Twilio's warning codes, in document order. */
      readonly warnings: readonly number[];
    }
  | {
      readonly kind: "failed";
      readonly errorCode: number;
      /** What failed, as configured or redirected to. */
      readonly url: string;
      readonly reason: string;
      /** The application was reached and answered 2xx: it knows the message, only its answer is of no use. */
      readonly understood: boolean;
      readonly response: EgressResponse;
    };

const maxHops = 5;
const tooManyRedirects = 14106;

/** `ask` requests one URL with the message's fields. Never rejects unless `ask` does. */
export async function fetchTwiml(
  target: TwimlTarget,
  ask: (target: TwimlTarget) => Promise<EgressResponse>,
): Promise<TwimlOutcome> {
  const messages: TwimlReply[] = [];
  const warnings: number[] = [];
  let current = target;
  for (let hop = 0; ; hop++) {
    const response = await ask(current);
    const failed = (errorCode: number, reason: string, understood: boolean): TwimlOutcome => ({
      kind: "failed",
      errorCode,
      url: current.url,
      reason,
      understood,
      response,
    });
    const errorCode = errorCodeOf(response);
    if (response.kind === "failure")
      return failed(response.errorCode, response.detail, response.reason === "body-too-big");
    if (errorCode !== null) return failed(errorCode, `HTTP ${response.status}`, false);
    const twiml = parseTwiml(response.body, response.contentType === "" ? null : response.contentType);
    if (twiml.kind === "invalid") return failed(twiml.errorCode, twiml.reason, true);
    messages.push(...withAbsoluteUrls(twiml.messages, response.url));
    warnings.push(...twiml.warnings);
    if (twiml.kind === "replies") return { kind: "replies", status: response.status, messages, warnings };
    const next = twiml.url === "" ? current.url : URL.parse(twiml.url, response.url)?.href;
    if (hop === maxHops || next === undefined) {
      return failed(tooManyRedirects, `more than ${maxHops} <Redirect> hops, or one to no URL`, true);
    }
    current = { url: next, method: twiml.method };
  }
}

function withAbsoluteUrls(messages: readonly TwimlReply[], base: string): TwimlReply[] {
  return messages.map((message) => ({
    ...message,
    mediaUrls: message.mediaUrls.map((url) => absolute(url, base)),
    ...(message.statusCallback === undefined ? {} : { statusCallback: absolute(message.statusCallback, base) }),
    ...(message.action === undefined ? {} : { action: absolute(message.action, base) }),
  }));
}

function absolute(url: string, base: string): string {
  return URL.parse(url, base)?.href ?? url;
}
