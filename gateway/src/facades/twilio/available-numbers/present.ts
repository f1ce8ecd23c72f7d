// Where numbers could be had, as Twilio's AvailablePhoneNumbers: the only place that shapes it.

import type { AccountSid } from "../../../core/ids.ts";

const countryNames = new Intl.DisplayNames(["en"], { type: "region" });

/** `code`: ISO 3166-1 alpha-2. */
export function presentCountry(accountSid: AccountSid, code: string) {
  const path = `/2010-04-01/Accounts/${accountSid}/AvailablePhoneNumbers/${code}`;
  return {
    beta: false,
    country: countryNames.of(code) ?? code,
    country_code: code,
    subresource_uris: { local: `${path}/Local.json`, toll_free: `${path}/TollFree.json` },
    uri: `${path}.json`,
  };
}
