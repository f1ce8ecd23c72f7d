// The checks of a create request that need nothing but the request itself, in the order in which Twilio reports
// problems: one problem per answer. Ownership, consent and queue checks follow in services/acceptance.
// Source: Twilio's error dictionary; the order is recorded in docs/compatibility.md.

import { parseRecipient, type Recipient } from "../addresses/recipient.ts";
import { parseSender, type SenderAddress } from "../addresses/sender.ts";
import { GatewayError } from "../errors.ts";
import { canonicalSid, isSid, type MessagingServiceSid } from "../ids.ts";
import { isStorable } from "../storable-text.ts";
import { bodyCharactersMax, isBodyTooLong, mediaUrlsMax, validityPeriodSecondsMax } from "./limits.ts";
import type { MessageOptions } from "./message.ts";
import type { MessageRequest } from "./request.ts";
import { readOptions } from "./request-options.ts";
import { readSchedule } from "./schedule.ts";

const statusCallbackCharactersMax = 4000;

export interface CheckedRequest {
  /** As it is stored and sent: E.164, or a channel address. */
  readonly to: string;
  readonly recipient: Recipient;
  /** Null when a messaging service (or the routing) is to choose. */
  readonly from: SenderAddress | null;
  readonly messagingServiceSid: MessagingServiceSid | null;
  readonly body: string;
  readonly mediaUrls: readonly string[];
  readonly statusCallback: string | null;
  readonly applicationSid: string | null;
  readonly validitySeconds: number | null;
  readonly sendAt: Date | null;
  readonly options: MessageOptions;
}

/**
 * Checks a request. `senderOptional`: routing may choose the sender (the gateway's own callers).
 * Throws a GatewayError naming the first problem.
 */
export function checkRequest(request: MessageRequest, nowMs: number, senderOptional: boolean): CheckedRequest {
  const to = required(request.to, "to-missing", "A 'To' phone number is required.");
  const fromText = request.from?.trim() ?? "";
  const serviceText = request.messagingServiceSid?.trim() ?? "";
  if (fromText === "" && serviceText === "" && !senderOptional) {
    throw new GatewayError("sender-missing", "Give a 'From' number or a 'MessagingServiceSid'.");
  }
  const mediaUrls = (request.mediaUrls ?? []).filter((url) => url !== "");
  checkContent(request, mediaUrls);
  const recipient = parseRecipient(to);
  if (recipient === null) throw new GatewayError("to-invalid", "'To' is not a phone number.", { values: { to } });
  const from = checkFrom(fromText);
  const body = checkBody(request.body ?? "");
  checkMedia(mediaUrls);
  const messagingServiceSid = readService(from, serviceText);
  const sendAt = readSchedule(request, messagingServiceSid !== null, nowMs);
  const toAddress = recipient.kind === "number" ? recipient.e164 : recipient.address;
  if (from?.address === toAddress) {
    throw new GatewayError("same-to-and-from", "'To' and 'From' are the same number.", { values: { to: toAddress } });
  }
  if (from !== null) checkChannels(recipient, from);
  checkTemplate(request);
  return {
    to: toAddress,
    recipient,
    from: from?.kind === "service" ? null : from,
    messagingServiceSid,
    body,
    mediaUrls,
    statusCallback: checkStatusCallback(request.statusCallback),
    applicationSid: request.applicationSid || null,
    validitySeconds: checkValidity(request.validityPeriod),
    sendAt,
    options: readOptions(request),
  };
}

function required(value: string | undefined, code: "to-missing", message: string): string {
  if (value === undefined || value.trim() === "") throw new GatewayError(code, message);
  return value;
}

function checkContent(request: MessageRequest, mediaUrls: readonly string[]): void {
  if (request.body || mediaUrls.length > 0) return;
  if (request.contentSid) {
    // Content templates live in Twilio's Content API, which the gateway does not have: no template can match.
    throw new GatewayError("content-sid-invalid", "There is no content template with this ContentSid.", {
      values: { contentSid: request.contentSid },
    });
  }
  if (request.contentVariables) throw new GatewayError("content-sid-required", "ContentVariables need a ContentSid.");
  if (request.body === "") throw new GatewayError("body-missing", "Give a 'Body' that is not empty.");
  throw new GatewayError("content-missing", "Give a 'Body' or a 'MediaUrl'.");
}

/**
 * A number cannot be sent to from a channel, nor the other way round. RCS may: it comes down to the handset's number, and
 * falls back to it.
 */
function checkChannels(recipient: Recipient, from: SenderAddress): void {
  if (from.kind === "service") return;
  const toChannel = recipient.kind === "channel" ? recipient.channel : null;
  const fromChannel = from.kind === "channel" ? from.address.slice(0, from.address.indexOf(":")) : null;
  if (toChannel === fromChannel || toChannel === "rcs" || fromChannel === "rcs") return;
  throw new GatewayError("channel-mismatch", "'To' and 'From' are not on the same channel.");
}

/** A template's parameters, beside a body that is sent in its place. */
function checkTemplate({ contentSid, contentVariables }: MessageRequest): void {
  if (contentVariables && !contentSid) {
    throw new GatewayError("content-sid-required", "ContentVariables need a ContentSid.");
  }
  if (contentSid && !isSid(contentSid, "HX")) {
    throw new GatewayError("content-sid-invalid", "'ContentSid' is HX and 32 hex digits.", { values: { contentSid } });
  }
  if (contentVariables && !isObjectOfTexts(contentVariables)) {
    throw new GatewayError("content-variables-invalid", "'ContentVariables' is a JSON object of texts.");
  }
}

function isObjectOfTexts(json: string): boolean {
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return false;
    return Object.values(parsed).every((text) => typeof text === "string");
  } catch {
    return false;
  }
}

function checkFrom(text: string): SenderAddress | null {
  if (text === "") return null;
  const from = parseSender(text);
  if (from !== null) return from;
  throw new GatewayError("from-invalid", "'From' is not a number, short code or sender id.", {
    values: { from: text },
  });
}

function checkBody(body: string): string {
  if (isBodyTooLong(body)) {
    throw new GatewayError("body-too-long", `A body has at most ${bodyCharactersMax} characters.`);
  }
  if (!isStorable(body)) {
    throw new GatewayError("body-unsendable", "The body contains a NUL character or half a surrogate pair.");
  }
  return body;
}

function checkMedia(urls: readonly string[]): void {
  if (urls.length > mediaUrlsMax) throw new GatewayError("too-many-media", `At most ${mediaUrlsMax} media URLs.`);
  for (const url of urls) {
    if (!isHttpUrl(url))
      throw new GatewayError("media-url-invalid", "A MediaUrl is not an http(s) URL.", { values: { url } });
  }
}

function readService(from: SenderAddress | null, text: string): MessagingServiceSid | null {
  const given = from?.kind === "service" ? from.address : text;
  if (given === "") return null;
  if (isSid(given, "MG")) return canonicalSid<MessagingServiceSid>(given);
  throw new GatewayError("service-invalid", "'MessagingServiceSid' is not a messaging service SID.", {
    values: { messagingServiceSid: given },
  });
}

function checkStatusCallback(url: string | undefined): string | null {
  if (!url) return null;
  if (url.length <= statusCallbackCharactersMax && isHttpUrl(url)) return url;
  throw new GatewayError("status-callback-invalid", "'StatusCallback' is not an http(s) URL.", { values: { url } });
}

/** Is this an absolute http(s) URL that can be stored? Hosts with an underscore are refused, as Twilio does. */
export function isHttpUrl(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || !isStorable(text)) return false;
  const url = URL.parse(text);
  return url !== null && url.hostname !== "" && !url.hostname.includes("_");
}

function checkValidity(text: string | undefined): number | null {
  if (!text) return null;
  const seconds = /^\d{1,6}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (seconds >= 1 && seconds <= validityPeriodSecondsMax) return seconds;
  throw new GatewayError("validity-period-invalid", `'ValidityPeriod' is 1 to ${validityPeriodSecondsMax} seconds.`, {
    values: { validityPeriod: text },
  });
}
