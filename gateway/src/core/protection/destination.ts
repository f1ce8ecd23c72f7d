// Where a number lies, as far as velocity is concerned: its country and its prefix. Fraudulent traffic is aimed at ranges
// of numbers that somebody earns by, and such a range is a thousand or ten thousand numbers in a row: so the prefix is the
// number without its last four digits, or its last three where numbers are short.

import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { parsePhoneNumber } from "../addresses/phone-number.ts";

export interface Destination {
  /** ISO 3166-1 alpha-2; where numbers have no country (+882, +883 …), the first four characters. */
  readonly country: string;
  /** E.164 without the last digits. */
  readonly prefix: string;
}

const digitsOfLongNumber = 11;

/** Null for what is not a phone number: an address on a channel. */
export function destinationOf(to: string): Destination | null {
  const number = parsePhoneNumber(to);
  if (number === null) return null;
  const { e164, country } = number;
  return { country: country ?? e164.slice(0, 4), prefix: e164.slice(0, -hiddenDigits(e164)) };
}

function hiddenDigits(e164: string): number {
  return e164.length - 1 >= digitsOfLongNumber ? 4 : 3;
}

/** `+1 246 555 ****`: the prefix of a number, in its usual spelling. */
export function maskedPrefix(e164: string): string {
  const spelled = parsePhoneNumberFromString(e164)?.formatInternational() ?? e164;
  let hidden = hiddenDigits(e164);
  return [...spelled]
    .reverse()
    .map((character) => {
      if (hidden === 0 || !/\d/.test(character)) return character;
      hidden -= 1;
      return "*";
    })
    .reverse()
    .join("");
}

const names = new Intl.DisplayNames("en", { type: "region" });

/** `Barbados`; the calling code where numbers have no country. */
export function countryName(country: string): string {
  return country.startsWith("+") ? `numbers of ${country}` : (names.of(country) ?? country);
}
