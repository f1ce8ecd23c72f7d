// How much one message may hold: what the gateway accepts, and what `trunkline/actions` checks before it asks.

export const mediaUrlsMax = 10;
export const validityPeriodSecondsMax = 36_000;
/** Of a message for which nobody says how long. */
export const defaultValiditySeconds = 36_000;
export const bodyCharactersMax = 1600;

/** Characters are code points: an emoji of two UTF-16 units is one. */
export function isBodyTooLong(body: string): boolean {
  // A code unit count within the limit needs no closer look.
  return body.length > bodyCharactersMax && [...body].length > bodyCharactersMax;
}
