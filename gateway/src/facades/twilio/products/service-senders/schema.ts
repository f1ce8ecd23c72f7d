// What comes in for the senders of a messaging service.

import { isCountry } from "../../../../core/addresses/phone-number.ts";
import { canonicalSid, isSid } from "../../../../core/ids.ts";
import type { NewAlphaSender } from "../../../../services/sender-pools.ts";
import { type Form, first } from "../../form.ts";
import { invalid, requiredText } from "../parameters.ts";

/** `PhoneNumberSid` (PN…) or `ShortCodeSid` (SC…), canonical. Throws `missing-parameter` or `invalid-parameter`. */
export function readSenderSid(form: Form, name: string, prefix: "PN" | "SC"): string {
  const sid = requiredText(form, name);
  if (!isSid(sid, prefix)) throw invalid(name, `${prefix} and 32 hex digits`);
  return canonicalSid(sid);
}

/** `AlphaSender`, for every country. */
export function readAlphaSender(form: Form): NewAlphaSender {
  return { address: requiredText(form, "AlphaSender"), country: null };
}

/** `AlphaSender` and, where it is for one country only, `IsoCountryCode`. */
export function readDestinationAlphaSender(form: Form): NewAlphaSender {
  return { ...readAlphaSender(form), country: readCountry(form) ?? null };
}

/** `IsoCountryCode`, upper-case; undefined when it is not given. Throws `invalid-parameter` for what is no country. */
export function readCountry(form: Form): string | undefined {
  const country = first(form, "IsoCountryCode")?.toUpperCase();
  if (!country) return undefined;
  if (!isCountry(country)) throw invalid("IsoCountryCode", "two letters of ISO 3166-1");
  return country;
}
