// Who a message goes to and comes from, as people write it: made E.164 where it is a phone number. Whether a sender
// belongs to the account is the server's business.

import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/min";
import { isAlphanumericId, isShortCode } from "../src/core/addresses/sender-id.ts";
import { invalidInput } from "./errors.ts";
import { readSid } from "./sids.ts";

export type Sender =
  | { readonly kind: "address"; readonly address: string }
  | { readonly kind: "service"; readonly messagingServiceSid: string };

// More than the gateway knows: other servers have more channels.
const CHANNEL = /^(whatsapp|messenger|rcs|client|apple):(.{1,256})$/i;

/** E.164, or a channel address (`whatsapp:+1…`). National numbers are read as of `defaultRegion` (ISO 3166-1 alpha-2). */
export function readRecipient(given: string, defaultRegion: string, name = "To"): string {
  const text = given.trim();
  if (text === "") throw invalidInput(`${name} is empty: give a phone number.`);
  const address = channelAddress(text) ?? phoneNumber(text, defaultRegion);
  if (address !== null) return address;
  throw invalidInput(
    `${name} is not a phone number: give it in international form (+12025550142), or as a number of ${defaultRegion}.`,
  );
}

/** A phone number as E.164, a short code, an alphanumeric sender id, a channel address, or a messaging service. */
export function readSender(given: string, defaultRegion: string): Sender {
  const text = given.trim();
  const service = readSid(text, "MG");
  if (service !== null) return { kind: "service", messagingServiceSid: service };
  const address = isShortCode(text)
    ? text
    : (channelAddress(text) ?? phoneNumber(text, defaultRegion) ?? (isAlphanumericId(text) ? text : null));
  if (address !== null) return { kind: "address", address };
  throw invalidInput(
    "From is none of: a phone number, a short code, an alphanumeric sender id (1 to 11 letters and digits), a messaging service (MG…), a channel address (whatsapp:+…).",
  );
}

/** ISO 3166-1 alpha-2, upper-case; `US` for nothing. */
export function readRegion(given: string | undefined): string {
  const region = given?.trim().toUpperCase() || "US";
  if (isSupportedCountry(region)) return region;
  throw invalidInput("The default region must be a country's two letters, such as US or DE.");
}

function channelAddress(text: string): string | null {
  const match = CHANNEL.exec(text);
  if (match === null) return null;
  const [, channel = "", name = ""] = match;
  if (name.trim() === "") return null;
  if (channel.toLowerCase() !== "whatsapp") return `${channel.toLowerCase()}:${name.trim()}`;
  const number = phoneNumber(name, "US");
  return number === null ? null : `whatsapp:${number}`;
}

/**
 * Not the gateway's own reading (core/addresses/phone-number.ts): that one takes no national numbers, and its tables are
 * twice the size. International numbers need only be possible: ranges are opened faster than tables are updated, and test numbers must
 * pass. A national one must be valid, or any number of digits would be one.
 */
function phoneNumber(text: string, region: string): string | null {
  if (/[a-z]/i.test(text)) return null;
  const compact = text.trim();
  const number = parsePhoneNumberFromString(compact, region as CountryCode);
  if (number === undefined || number.ext !== undefined) return null;
  const isGood = compact.startsWith("+") ? number.isPossible() : number.isValid();
  return isGood ? number.number : null;
}
