// SIDs as people give them: checked before they become part of a path.

import { invalidInput } from "./errors.ts";

/** Throws `invalid-input` unless it is a message's SID. */
export function readMessageSid(given: string): string {
  const sid = given.trim();
  if (/^(SM|MM)[0-9a-f]{32}$/i.test(sid)) return sid;
  throw invalidInput("The message SID must be SM or MM and 32 hexadecimal digits.");
}

export function readServiceSid(given: string): string {
  const sid = given.trim();
  if (/^MG[0-9a-f]{32}$/i.test(sid)) return sid;
  throw invalidInput("The messaging service SID must be MG and 32 hexadecimal digits.");
}
