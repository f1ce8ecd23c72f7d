// Smart encoding: look-alikes of GSM-7 characters are replaced so that a text need not go out as UCS-2.
// Applies character by character; emoji, accented letters outside GSM-7 and other scripts stay as they are.

import { substitutions } from "./substitutions.ts";

const replaceable = new RegExp(
  `[${[...substitutions.keys()].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}]`,
  "g",
);

/** The text with every look-alike replaced. Doing it twice changes nothing more. */
export function smartEncode(text: string): string {
  return text.replace(replaceable, (character) => substitutions.get(character) ?? character);
}
