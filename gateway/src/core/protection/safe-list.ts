// The safe list: numbers, and thousands of numbers, that protection and geo permissions leave alone. Never consent. An
// entry is a number in E.164, or one with `xxx` in the place of its last three digits.

import { parsePhoneNumber } from "../addresses/phone-number.ts";

export interface SafeListEntry {
  /** `GN…` */
  readonly sid: string;
  /** `+18001234567` or `+18001234xxx`. */
  readonly number: string;
}

const thousand = "xxx";
const prefixForm = /^\+[1-9]\d{5,11}xxx$/;

/** What is written on the list for this text, in its one spelling; null for what is neither a number nor a thousand. */
export function parseSafeListNumber(text: string): string | null {
  const compact = text.startsWith(" ") ? `+${text.slice(1)}` : text;
  if (!/x$/i.test(compact)) return parsePhoneNumber(compact)?.e164 ?? null;
  const entry = compact.toLowerCase();
  if (!prefixForm.test(entry)) return null;
  const lowest = entry.replace(thousand, "000");
  return parsePhoneNumber(lowest)?.e164 === lowest ? entry : null;
}

/** The entries that would cover a number (E.164): itself, and its thousand. */
export function safeListNumbersFor(e164: string): readonly [number: string, thousand: string] {
  return [e164, e164.slice(0, -thousand.length) + thousand];
}
