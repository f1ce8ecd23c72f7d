// What somebody wants to send, checked and written as the form of a create request. Says what is wrong before anything
// is sent; what only the server can know (who owns the sender, opt-outs, the window of a schedule) is left to it.

import {
  bodyCharactersMax,
  isBodyTooLong,
  mediaUrlsMax,
  validityPeriodSecondsMax,
} from "../src/core/messages/limits.ts";
import { parseUrl } from "../src/core/parse-url.ts";
import { readRecipient, readRegion, readSender } from "./addresses.ts";
import { invalidInput } from "./errors.ts";
import type { Pairs } from "./http/call.ts";
import { readServiceSid } from "./sids.ts";

export interface MessageInput {
  /** E.164, a national number of `defaultRegion`, or a channel address (`whatsapp:+1…`). */
  readonly to: string;
  /** A phone number, short code, alphanumeric sender id or channel address. Optional with a messaging service. */
  readonly from?: string | undefined;
  readonly messagingServiceSid?: string | undefined;
  /** The text. Optional with media or a content template. */
  readonly message?: string | undefined;
  /** At most ten http or https URLs. */
  readonly mediaUrls?: readonly string[] | undefined;
  readonly contentSid?: string | undefined;
  /** Values of the template, or them as JSON. */
  readonly contentVariables?: string | Readonly<Record<string, unknown>> | undefined;
  readonly statusCallback?: string | undefined;
  /** When to send it; needs a messaging service. */
  readonly sendAt?: string | Date | undefined;
  /** Seconds, 1 to 36000: not sent by then, it fails. */
  readonly validityPeriod?: number | undefined;
  readonly smartEncoded?: boolean | undefined;
  readonly shortenUrls?: boolean | undefined;
  readonly sendAsMms?: boolean | undefined;
  readonly provideFeedback?: boolean | undefined;
  readonly riskCheck?: string | undefined;
  readonly messageIntent?: string | undefined;
  readonly contentRetention?: string | undefined;
  readonly addressRetention?: string | undefined;
  /** ISO 3166-1 alpha-2: the country of numbers without a `+`. Default `US`. */
  readonly defaultRegion?: string | undefined;
}

export interface CheckedMessage {
  readonly to: string;
  /** Null: the messaging service chooses. */
  readonly from: string | null;
  readonly messagingServiceSid: string | null;
  readonly body: string;
  readonly mediaUrls: readonly string[];
  readonly sendAt: string | null;
  readonly form: Pairs;
}

/** Throws `invalid-input`. */
export function checkMessage(input: MessageInput): CheckedMessage {
  const region = readRegion(input.defaultRegion);
  const to = readRecipient(input.to, region);
  const { from, messagingServiceSid } = readSenders(input, region);
  if (from === to) throw invalidInput("To and From are the same number.");
  const body = input.message ?? "";
  const mediaUrls = readMediaUrls(input.mediaUrls ?? []);
  const content = readContent(input);
  if (body === "" && mediaUrls.length === 0 && content.length === 0) {
    throw invalidInput("The message is empty: give a text, media or a content template.");
  }
  if (isBodyTooLong(body)) {
    throw invalidInput(`The message has ${[...body].length} characters; at most ${bodyCharactersMax} can be sent.`);
  }
  const sendAt = readSendAt(input.sendAt, messagingServiceSid);
  const form: [string, string][] = [["To", to]];
  if (from !== null) form.push(["From", from]);
  if (messagingServiceSid !== null) form.push(["MessagingServiceSid", messagingServiceSid]);
  if (body !== "") form.push(["Body", body]);
  for (const url of mediaUrls) form.push(["MediaUrl", url]);
  if (sendAt !== null) form.push(["SendAt", sendAt], ["ScheduleType", "fixed"]);
  return { to, from, messagingServiceSid, body, mediaUrls, sendAt, form: [...form, ...content, ...readOptions(input)] };
}

function readSenders(input: MessageInput, region: string): { from: string | null; messagingServiceSid: string | null } {
  const from = input.from?.trim() ? readSender(input.from, region) : null;
  const service = input.messagingServiceSid?.trim() ? readServiceSid(input.messagingServiceSid) : null;
  if (from?.kind === "service") {
    if (service !== null && service.toLowerCase() !== from.messagingServiceSid.toLowerCase()) {
      throw invalidInput("From and the messaging service name two different services.");
    }
    return { from: null, messagingServiceSid: from.messagingServiceSid };
  }
  if (from === null && service === null) {
    throw invalidInput("The sender is missing: give From or a messaging service.");
  }
  return { from: from?.address ?? null, messagingServiceSid: service };
}

function readMediaUrls(given: readonly string[]): string[] {
  const urls = given.map((url) => url.trim()).filter((url) => url !== "");
  if (urls.length > mediaUrlsMax)
    throw invalidInput(`At most ${mediaUrlsMax} media can be sent; these are ${urls.length}.`);
  if (!urls.every(isHttpUrl)) throw invalidInput("Each media URL must be an http or https URL.");
  return urls;
}

function readContent({ contentSid, contentVariables }: MessageInput): [string, string][] {
  const sid = contentSid?.trim() ?? "";
  const variables = typeof contentVariables === "object" ? JSON.stringify(contentVariables) : contentVariables?.trim();
  if (sid === "") {
    if (variables) throw invalidInput("Content variables need the SID of a content template.");
    return [];
  }
  if (!/^HX[0-9a-f]{32}$/i.test(sid)) throw invalidInput("The content SID must be HX and 32 hexadecimal digits.");
  return variables
    ? [
        ["ContentSid", sid],
        ["ContentVariables", variables],
      ]
    : [["ContentSid", sid]];
}

/** `YYYY-MM-DDTHH:MM:SSZ`, as the API wants it. */
function readSendAt(given: string | Date | undefined, messagingServiceSid: string | null): string | null {
  if (given === undefined || given === "") return null;
  const ms = given instanceof Date ? given.getTime() : Date.parse(given);
  if (Number.isNaN(ms)) throw invalidInput("Send At is not a time: give it as 2026-01-31T09:30:00Z.");
  if (messagingServiceSid === null) throw invalidInput("A scheduled message needs a messaging service.");
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}

function readOptions(input: MessageInput): [string, string][] {
  const { statusCallback, validityPeriod } = input;
  if (statusCallback && !isHttpUrl(statusCallback)) {
    throw invalidInput("The status callback must be an http or https URL.");
  }
  const isPeriod = validityPeriod === undefined || (Number.isInteger(validityPeriod) && inPeriod(validityPeriod));
  if (!isPeriod) throw invalidInput(`The validity period must be 1 to ${validityPeriodSecondsMax} seconds.`);
  const values: readonly (readonly [string, string | number | boolean | undefined])[] = [
    ["StatusCallback", statusCallback],
    ["ValidityPeriod", validityPeriod],
    ["SmartEncoded", input.smartEncoded],
    ["ShortenUrls", input.shortenUrls],
    ["SendAsMms", input.sendAsMms],
    ["ProvideFeedback", input.provideFeedback],
    ["RiskCheck", input.riskCheck],
    ["MessageIntent", input.messageIntent],
    ["ContentRetention", input.contentRetention],
    ["AddressRetention", input.addressRetention],
  ];
  return values.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, String(value)]]));
}

function inPeriod(seconds: number): boolean {
  return seconds >= 1 && seconds <= validityPeriodSecondsMax;
}

function isHttpUrl(text: string): boolean {
  return /^https?:$/.test(parseUrl(text)?.protocol ?? "");
}
