// SIDs as people give them: checked before they become part of a path.

import { canonicalSid, isSid, type SidPrefix } from "../src/core/ids.ts";
import { invalidInput } from "./errors.ts";

/** The SID in its one spelling, whatever case it is given in; null when it is none with one of the prefixes. */
export function readSid(given: string, ...prefixes: SidPrefix[]): string | null {
  const text = given.trim();
  const sid = canonicalSid(text.slice(0, 2).toUpperCase() + text.slice(2));
  return isSid(sid, ...prefixes) ? sid : null;
}

/** Throws `invalid-input` unless it is a message's SID. */
export function readMessageSid(given: string): string {
  const sid = readSid(given, "SM", "MM");
  if (sid !== null) return sid;
  throw invalidInput("The message SID must be SM or MM and 32 hexadecimal digits.");
}

export function readServiceSid(given: string): string {
  const sid = readSid(given, "MG");
  if (sid !== null) return sid;
  throw invalidInput("The messaging service SID must be MG and 32 hexadecimal digits.");
}
