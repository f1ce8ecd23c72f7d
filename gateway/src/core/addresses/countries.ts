// The countries that have telephone numbers, with their calling codes: what geo permissions are about. From the numbering
// metadata of libphonenumber. Countries of one calling code (US, CA and the Caribbean: +1) are told apart by the number.

import { getCountries, getCountryCallingCode } from "libphonenumber-js/max";

export interface Country {
  /** ISO 3166-1 alpha-2; besides, AC, TA and XK, which have numbers of their own. */
  readonly code: string;
  /** `+49` */
  readonly prefix: string;
}

/** Every country, by its code. */
export const countries: readonly Country[] = getCountries()
  .map((code) => ({ code, prefix: `+${getCountryCallingCode(code)}` }))
  .sort((one, other) => (one.code < other.code ? -1 : 1));
