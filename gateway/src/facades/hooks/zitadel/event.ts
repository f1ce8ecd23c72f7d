// What ZITADEL posts to the webhook of an HTTP SMS provider: one event with its text. What is not known is ignored; only
// whom it is for and what it says must be there.

import { createHash } from "node:crypto";
import { z } from "zod";
import { GatewayError } from "../../../core/errors.ts";
import type { Idempotency, MessageRequest } from "../../../core/messages/request.ts";

const text = z.string().nullish().catch(null);

const eventBody = z.looseObject({
  contextInfo: z.looseObject({
    eventType: text,
    provider: z.looseObject({ id: text }).nullish().catch(null),
    recipientPhoneNumber: z.string(),
  }),
  templateData: z.looseObject({ text }).nullish().catch(null),
  args: z
    .looseObject({
      code: text,
      oTP: text,
      userID: text,
      sessionID: text,
      expiry: z.number().nullish().catch(null),
    })
    .nullish()
    .catch(null),
});

export interface ZitadelEvent {
  readonly type: string;
  /** The provider that ZITADEL names: its own id of it. */
  readonly providerId: string;
  readonly to: string;
  readonly text: string;
  readonly code: string;
  readonly userId: string;
  readonly sessionId: string;
  /** How long the code is good; null: it does not say. */
  readonly validSeconds: number | null;
}

/** Throws `invalid-parameter` and `missing-parameter` with what to do about it. */
export function readEvent(body: Uint8Array): ZitadelEvent {
  const parsed = eventBody.safeParse(parse(body));
  if (!parsed.success) {
    throw new GatewayError(
      "invalid-parameter",
      "The body must be what ZITADEL posts: a JSON object with contextInfo.recipientPhoneNumber and templateData.text.",
    );
  }
  const { contextInfo, templateData, args } = parsed.data;
  const code = args?.code || args?.oTP || "";
  const said = templateData?.text || (code === "" ? "" : `Code: ${code}`);
  if (contextInfo.recipientPhoneNumber.trim() === "") throw missing("contextInfo.recipientPhoneNumber");
  if (said === "") throw missing("templateData.text");
  return {
    type: contextInfo.eventType ?? "",
    providerId: contextInfo.provider?.id ?? "",
    to: contextInfo.recipientPhoneNumber,
    text: said,
    code,
    userId: args?.userID ?? "",
    sessionId: args?.sessionID ?? "",
    validSeconds: secondsOf(args?.expiry ?? null),
  };
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

function missing(field: string): GatewayError {
  return new GatewayError("missing-parameter", `The event has no ${field}.`);
}

const secondsMax = 36_000;

/** Go's durations are in nanoseconds. */
function secondsOf(nanoseconds: number | null): number | null {
  const seconds = Math.floor((nanoseconds ?? 0) / 1e9);
  return seconds >= 1 ? Math.min(seconds, secondsMax) : null;
}

/** A code that has run out is of no use: the message is not sent any more by then. */
export function messageOf({ to, text, code, validSeconds }: ZitadelEvent): MessageRequest {
  return {
    ...{ to, body: text },
    ...(validSeconds === null ? {} : { validityPeriod: String(validSeconds) }),
    ...(code === "" ? {} : { messageIntent: "otp" }),
  };
}

/** Milliseconds. */
export const repeatedWithinMs = 10 * 60_000;

/**
 * ZITADEL tries again when it gets no answer in time, so the same event within ten minutes is the same message: the key of
 * this window of ten minutes, and that of the one before. By what the event is about: its other words may change.
 */
export function keysOf(
  hook: string,
  { type, providerId, to, text, code, userId, sessionId }: ZitadelEvent,
  nowMs: number,
): { readonly current: Idempotency; readonly previous: string } {
  const about = JSON.stringify([hook, type, providerId, userId, sessionId, code === "" ? text : code, to]);
  const digest = createHash("sha256").update(about).digest();
  const window = Math.floor(nowMs / repeatedWithinMs);
  const keyIn = (number: number) => `zitadel:${digest.toString("base64url")}:${number}`;
  return { current: { key: keyIn(window), requestHash: digest }, previous: keyIn(window - 1) };
}
