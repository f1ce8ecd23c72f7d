// A contact: somebody who is written to, and where they are. Quiet hours go by the place.

import { isCountry } from "../addresses/phone-number.ts";
import type { AccountSid } from "../ids.ts";

export interface Contact {
  readonly accountSid: AccountSid;
  /** E.164. */
  readonly contact: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly postalCode: string;
}

/** Countries of ISO 3166-1 that have no telephone numbers of their own. */
const withoutNumbers: ReadonlySet<string> = new Set(["AQ", "BV", "GS", "HM", "PN", "TF", "UM"]);

/** Is this the ISO 3166-1 alpha-2 code, upper-case, of somewhere a contact may be? */
export function isContactCountry(code: string): boolean {
  return isCountry(code) || withoutNumbers.has(code);
}

const zipCode = /^\d{5}(?:[- ]?\d{4})?$/;
const anyPostalCode = /^[A-Z\d](?:[A-Z\d -]{0,10}[A-Z\d])?$/i;

/** Could this be a postal code of the country? Only those of the US are looked at closely. */
export function isPostalCode(text: string, country: string | null): boolean {
  return (country === "US" ? zipCode : anyPostalCode).test(text);
}
