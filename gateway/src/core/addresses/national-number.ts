// Numbers as people write them at home: a country is given for those that have none. What is international already, and what
// is no number at all, is left as it is, so that whoever reads it next says what is wrong with it.

import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { parseRecipient } from "./recipient.ts";
import { parseSender } from "./sender.ts";

const charactersMax = 64;

/** A recipient in E.164 if it is a number of the region (ISO 3166-1 alpha-2), else as given. */
export function recipientIn(region: string, to: string): string {
  return parseRecipient(to) === null ? international(region, to) : to;
}

/** A sender in E.164 if it is a number of the region; short codes and names are as given. */
export function senderIn(region: string, from: string): string {
  return parseSender(from) === null ? international(region, from) : from;
}

function international(region: string, text: string): string {
  if (text.length > charactersMax || !isSupportedCountry(region)) return text;
  const number = parsePhoneNumberFromString(text, { defaultCountry: region satisfies CountryCode, extract: false });
  return number?.isPossible() === true ? number.number : text;
}
