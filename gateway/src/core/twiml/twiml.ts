// TwiML: what an application answers to an inbound message. Says which replies to send or where to ask next; it
// sends nothing itself. The documents come from strangers: see xml-tree.ts for the bounds.

import { parseRecipient } from "../addresses/recipient.ts";
import { parseSender } from "../addresses/sender.ts";
import { parseXml, type XmlElement } from "./xml-tree.ts";

export interface TwimlReply {
  readonly body: string;
  readonly mediaUrls: readonly string[];
  /** As written and valid; absent: the sender of the inbound message. */
  readonly to?: string;
  /** As written and valid; absent: the number that received it. */
  readonly from?: string;
  /** URLs may be relative to the document's own. */
  readonly statusCallback?: string;
  readonly action?: string;
  readonly method?: "GET" | "POST";
}

export type TwimlResult =
  /** Warnings are Twilio's numbers, in document order. No messages: nothing is sent. */
  | { readonly kind: "replies"; readonly messages: readonly TwimlReply[]; readonly warnings: readonly number[] }
  /** Send `messages`, then ask at `url` (relative to the document's own; empty: the same again). The caller counts hops. */
  | {
      readonly kind: "redirect";
      readonly url: string;
      readonly method: "GET" | "POST";
      readonly messages: readonly TwimlReply[];
      readonly warnings: readonly number[];
    }
  | { readonly kind: "invalid"; readonly errorCode: number; readonly reason: string };

const MAX_BYTES = 64 * 1024;
const MAX_MESSAGES = 10;
const MAX_MEDIA = 10;

const codes = {
  bodyTooLarge: 11750,
  parseFailure: 12100,
  schemaWarning: 12200,
  invalidContentType: 12300,
  invalidTo: 14101,
  invalidFrom: 14102,
  invalidBody: 14103,
  invalidMethod: 14104,
  tooManyMessages: 14109,
  wrongVerb: 14110,
} as const;

const xmlTypes: ReadonlySet<string> = new Set(["text/xml", "application/xml", "text/html"]);
/** Verbs that exist, but not in answer to a message. */
const voiceVerbs: ReadonlySet<string> = new Set(
  "Say Play Gather Record Dial Enqueue Leave Hangup Reject Pause Queue Conference Connect Start Stop Refer Pay Prompt".split(
    " ",
  ),
);

/** Reads an application's answer. `contentType` is the header's value, null when there was none. */
export function parseTwiml(body: string, contentType: string | null): TwimlResult {
  if (Buffer.byteLength(body) > MAX_BYTES) return invalid(codes.bodyTooLarge, "the answer is larger than 64 kB");
  if (body.trim() === "") return { kind: "replies", messages: [], warnings: [] };
  const type = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type === "text/plain") return { kind: "replies", messages: [{ body, mediaUrls: [] }], warnings: [] };
  if (!xmlTypes.has(type)) {
    return invalid(codes.invalidContentType, `content type "${type}" is neither XML nor text/plain`);
  }
  const document = parseXml(body);
  if (!document.ok) return invalid(codes.parseFailure, document.reason);
  if (document.root.name !== "Response") {
    return invalid(codes.parseFailure, `the root element is <${document.root.name}>, not <Response>`);
  }
  return readResponse(document.root);
}

function invalid(errorCode: number, reason: string): TwimlResult {
  return { kind: "invalid", errorCode, reason };
}

function readResponse(response: XmlElement): TwimlResult {
  const messages: TwimlReply[] = [];
  const warnings: number[] = [];
  let verbs = 0;
  for (const child of response.children) {
    if (typeof child === "string") {
      if (child.trim() !== "") warnings.push(codes.schemaWarning);
    } else if (child.name === "Redirect") {
      // What follows is never reached.
      return { kind: "redirect", url: textOf(child).trim(), method: methodOf(child, warnings), messages, warnings };
    } else if (child.name === "Message" || child.name === "Sms") {
      verbs++;
      if (verbs > MAX_MESSAGES) {
        if (verbs === MAX_MESSAGES + 1) warnings.push(codes.tooManyMessages);
        continue;
      }
      const reply = readMessage(child, warnings);
      if (reply !== null) messages.push(reply);
    } else {
      warnings.push(voiceVerbs.has(child.name) ? codes.wrongVerb : codes.schemaWarning);
    }
  }
  return { kind: "replies", messages, warnings };
}

/** One reply; null when nothing can be sent of it (the warnings say why). */
function readMessage(verb: XmlElement, warnings: number[]): TwimlReply | null {
  const { text, mediaUrls } = readContent(verb, warnings);
  const { to, from, statusCallback, action } = trimmedAttributes(verb);
  if (to !== undefined && parseRecipient(to) === null) warnings.push(codes.invalidTo);
  else if (from !== undefined && parseSender(from) === null) warnings.push(codes.invalidFrom);
  else if (text === "" && mediaUrls.length === 0) warnings.push(codes.invalidBody);
  else {
    return {
      body: text,
      mediaUrls,
      ...(to === undefined ? {} : { to }),
      ...(from === undefined ? {} : { from }),
      ...(statusCallback === undefined ? {} : { statusCallback }),
      ...(action === undefined ? {} : { action }),
      ...(verb.attributes["method"] === undefined ? {} : { method: methodOf(verb, warnings) }),
    };
  }
  return null;
}

/** Text beside <Body> counts as well: the pieces in document order, a space between them. */
function readContent(verb: XmlElement, warnings: number[]): { text: string; mediaUrls: string[] } {
  const mediaUrls: string[] = [];
  const pieces: string[] = [];
  let loose = "";
  const endPiece = (): void => {
    if (loose.trim() !== "") pieces.push(loose.trim());
    loose = "";
  };
  for (const child of verb.children) {
    if (typeof child === "string") {
      loose += child;
      continue;
    }
    endPiece();
    if (child.name === "Body") pieces.push(textOf(child).trim());
    else if (child.name === "Media" && mediaUrls.length < MAX_MEDIA) mediaUrls.push(textOf(child).trim());
    else warnings.push(codes.schemaWarning);
  }
  endPiece();
  return { text: pieces.filter(Boolean).join(" "), mediaUrls: mediaUrls.filter(Boolean) };
}

function trimmedAttributes(verb: XmlElement): Partial<Record<"to" | "from" | "statusCallback" | "action", string>> {
  const attributes: Partial<Record<"to" | "from" | "statusCallback" | "action", string>> = {};
  for (const name of ["to", "from", "statusCallback", "action"] as const) {
    const value = verb.attributes[name]?.trim();
    if (value !== undefined && value !== "") attributes[name] = value;
  }
  return attributes;
}

function methodOf(verb: XmlElement, warnings: number[]): "GET" | "POST" {
  const method = verb.attributes["method"]?.trim().toUpperCase() ?? "POST";
  if (method === "GET" || method === "POST") return method;
  warnings.push(codes.invalidMethod);
  return "POST";
}

/** The text directly inside an element. */
function textOf(element: XmlElement): string {
  return element.children.filter((child) => typeof child === "string").join("");
}
