// Geo permissions as Twilio's resource: the only place that shapes them.

import type { Country } from "../../../../core/addresses/countries.ts";
import type { CheckedChange } from "./schema.ts";

export function presentPermissions(countries: readonly Country[], disabled: ReadonlySet<string>) {
  return {
    permissions: countries.map(({ code, prefix }) => ({
      country_code: code,
      type: "country",
      enabled: !disabled.has(code),
      prefix,
      // Which countries are a high risk is not known here.
      message: "",
    })),
  };
}

const invalidItemCode = 20001;

export function presentChanges(changes: readonly CheckedChange[]) {
  return {
    permissions: changes.map(({ countryCode, enabled, problems }) => ({
      country_code: countryCode,
      type: "country",
      enabled,
      error_code: problems.length === 0 ? 0 : invalidItemCode,
      error_messages: [...problems],
    })),
  };
}
