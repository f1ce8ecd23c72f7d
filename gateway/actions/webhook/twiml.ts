// Answers to a webhook as TwiML.

import { invalidInput } from "../errors.ts";

/** Says nothing in reply. */
export const emptyTwiml = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

const LARGEST_REPLY = 64 * 1024;

/** One message in reply; the text is escaped. */
export function replyTwiml(text: string): string {
  const escaped = text
    .toWellFormed()
    .replace(/[^\t\n\r\x20-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  return checkTwiml(`<?xml version="1.0" encoding="UTF-8"?><Response><Message>${escaped}</Message></Response>`);
}

/** Throws `invalid-input` for a reply that the server would refuse. Parses nothing, unlike the gateway: no XML parser here. */
export function checkTwiml(xml: string): string {
  if (!/<Response[\s/>]/.test(xml)) throw invalidInput("The TwiML has no <Response> element.");
  if (Buffer.byteLength(xml) <= LARGEST_REPLY) return xml;
  throw invalidInput("The TwiML is larger than 64 kB, which no server takes.");
}
