// Chance that can be repeated: a number in [0, 1) that depends on nothing but the parts given. Never on the time,
// the order of calls or the process.

import { hash } from "node:crypto";

const hexDigits = 12;

/** Evenly spread over [0, 1); equal parts give equal numbers. About 2 µs. */
export function seededFraction(...parts: readonly (string | number)[]): number {
  const digest = hash("sha256", JSON.stringify(parts), "hex");
  return Number.parseInt(digest.slice(0, hexDigits), 16) / 16 ** hexDigits;
}
