// Phone numbers: E.164 from what people type, and the country behind a number. Decides whether a number is possible
// (a known calling code and a length it allows), never whether its range is assigned: documentation and test
// numbers must pass. Runs per message: NANP numbers take a short way, others go through a cache.

import { getCountries, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { LRUCache } from "lru-cache";
import type { E164 } from "../ids.ts";

export interface PhoneNumber {
  readonly e164: E164;
  /** ISO 3166-1 alpha-2; null for non-geographic calling codes (+800, +883 …). */
  readonly country: string | null;
}

// Everything with calling code 1: ten digits, and the area code names the country.
const NANP = /^\+1[2-9]\d{9}$/;
// Also the typographic dashes and the invisible direction marks that come along when a number is pasted.
const SEPARATORS = /[\s().\-\u2010-\u2015\u200e\u200f\u202a-\u202e]+/g;
const DIGITS = /^\+[1-9]\d{6,14}$/;

const nanpCountries = new Map<string, string>();
const parsed = new LRUCache<string, { number: PhoneNumber | null }>({ max: 20_000 });

/**
 * A number in international form: a leading `+`, then digits with any spaces, dashes, dots and brackets between.
 * A leading space stands for a `+` that a form decoder took for one. Null when it is not a possible number.
 */
export function parsePhoneNumber(text: string): PhoneNumber | null {
  const compact = compactNumber(text);
  if (NANP.test(compact)) return { e164: compact as E164, country: nanpCountry(compact) };
  if (!DIGITS.test(compact)) return null;
  const known = parsed.get(compact);
  if (known !== undefined) return known.number;
  const found = parseWithLibrary(compact);
  const number = found !== null && NANP.test(found.e164) ? { ...found, country: nanpCountry(found.e164) } : found;
  parsed.set(compact, { number });
  return number;
}

/** The country of a number; null when it has none or the number is not possible. Ranges of no country: the calling code's main one. */
export function countryOf(e164: string): string | null {
  return parsePhoneNumber(e164)?.country ?? null;
}

/** Is this the ISO 3166-1 alpha-2 code, upper-case, of a country that has telephone numbers? */
export function isCountry(code: string): boolean {
  return isSupportedCountry(code);
}

/** The three digits that name a place in the US and Canada; null for other countries and for toll-free numbers. */
export function areaCodeOf(e164: string): string | null {
  if (!NANP.test(e164) || isTollFree(e164)) return null;
  const country = nanpCountry(e164);
  return country === "US" || country === "CA" ? e164.slice(2, 5) : null;
}

/** Toll-free in the North American numbering plan. */
export function isTollFree(e164: string): boolean {
  return /^\+18(?:00|33|44|55|66|77|88)\d{7}$/.test(e164);
}

export type NumberType = "local" | "mobile" | "toll-free";

/** What kind of number it is; what cannot be told apart (all of North America, but for toll-free) is local. */
export function numberTypeOf(e164: string): NumberType {
  if (NANP.test(e164)) return isTollFree(e164) ? "toll-free" : "local";
  const type = parsePhoneNumberFromString(e164)?.getType();
  return type === "MOBILE" ? "mobile" : type === "TOLL_FREE" ? "toll-free" : "local";
}

/** `(202) 555-0100`, as Twilio names a new number; the number itself where no national form is known. */
export function nationalFormOf(e164: string): string {
  return parsePhoneNumberFromString(e164)?.formatNational() ?? e164;
}

/** ISO 3166-1 alpha-2 of every country that has telephone numbers. */
export function listCountries(): readonly string[] {
  return getCountries();
}

export function compactNumber(text: string): string {
  if (DIGITS.test(text)) return text;
  if (text.length > 64) return "";
  const plus = /^ \d/.test(text) ? `+${text.slice(1)}` : text.trim();
  return plus.replace(SEPARATORS, "");
}

function nanpCountry(e164: string): string {
  const area = e164.slice(2, 5);
  let country = nanpCountries.get(area);
  if (country === undefined) {
    country = parseWithLibrary(`+1${area}2345678`)?.country ?? "US";
    nanpCountries.set(area, country);
  }
  return country;
}

function parseWithLibrary(compact: string): PhoneNumber | null {
  const number = parsePhoneNumberFromString(compact);
  if (number === undefined || !number.isPossible() || !DIGITS.test(number.number)) return null;
  // A national prefix was taken off. Another one behind it (+55 0 0 …) is nobody's number.
  if (number.number !== compact && parsePhoneNumberFromString(number.number)?.number !== number.number) return null;
  // The first of the possible countries is the calling code's main one.
  return { e164: number.number as string as E164, country: number.country ?? number.getPossibleCountries()[0] ?? null };
}
