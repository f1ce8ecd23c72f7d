// In which time zones somebody may be: by their postal code where a contact is known, else by the area code of their
// number, else every zone of their country (from the runtime's own data). Several are possible: the caller takes the
// strictest.

import type { Contact } from "../contacts/contact.ts";
import { areaCodeZones, zipZones } from "./time-zones/north-america.ts";
import {
  australianStates,
  brazilianAreas,
  canadianPostalAreas,
  spanishProvinces,
} from "./time-zones/other-countries.ts";

type Zones = readonly string[];
const none: Zones = [];

/** IANA names; empty where nothing is known. `country`: of the number. */
export function timeZonesOf(
  number: { readonly e164: string; readonly country: string | null },
  contact: Pick<Contact, "country" | "postalCode"> | null,
): Zones {
  const country = contact?.country ?? number.country;
  if (country === null) return none;
  const byPlace = contact === null ? zonesOfNumber(number.e164, country) : zonesOfPostalCode(contact);
  return byPlace ?? zonesOfCountry(country);
}

function zonesOfPostalCode({ country, postalCode }: Pick<Contact, "country" | "postalCode">): Zones | undefined {
  const code = postalCode.toUpperCase().replaceAll(/[ -]/g, "");
  if (country === "US") return zipZones(code);
  if (country === "CA") return canadianPostalAreas.get(code.charAt(0));
  if (country === "AU") return australianStates(code);
  if (country === "ES") return spanishProvinces(code);
  return undefined;
}

function zonesOfNumber(e164: string, country: string): Zones | undefined {
  if (country === "US" || country === "CA") return areaCodeZones.get(e164.slice(2, 5));
  if (country === "BR") return brazilianAreas(e164.slice(3, 5));
  return undefined;
}

const countryZones = new Map<string, Zones>();
/** Countries of numbers that the runtime's regions lack. */
const others: Readonly<Record<string, Zones>> = {
  AC: ["Atlantic/St_Helena"],
  TA: ["Atlantic/St_Helena"],
  XK: ["Europe/Belgrade"],
};

type LocaleWithZones = Intl.Locale & { getTimeZones?(): string[] | undefined };

function zonesOfCountry(country: string): Zones {
  let zones = countryZones.get(country);
  if (zones === undefined) {
    const locale: LocaleWithZones = new Intl.Locale(`und-${country}`);
    const found = locale.getTimeZones?.() ?? none;
    zones = found.length > 0 ? found : (others[country] ?? none);
    countryZones.set(country, zones);
  }
  return zones;
}
