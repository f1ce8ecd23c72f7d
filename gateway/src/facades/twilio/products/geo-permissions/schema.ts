// What comes in for geo permissions: which countries are asked about, and which are to be switched on or off.

import { isCountry } from "../../../../core/addresses/phone-number.ts";
import type { GeoPermissionChange } from "../../../../services/geo-permissions.ts";
import { all, type Form } from "../../form.ts";
import { fieldOf, type JsonItem, readJsonItems, textOf } from "../bulk-items.ts";
import { invalid } from "../parameters.ts";

/** More than there are countries. */
const changesMax = 300;

/** `CountryCode=IN,PK`, also repeated; null: every country. Throws `invalid-parameter` for what is none. */
export function readCountries(query: Form): readonly string[] | null {
  const codes = all(query, "CountryCode")
    .flatMap((text) => text.split(","))
    .map((code) => code.trim().toUpperCase())
    .filter((code) => code !== "");
  if (codes.length === 0) return null;
  if (codes.every(isCountry)) return [...new Set(codes)];
  throw invalid("CountryCode", "codes of ISO 3166-1 alpha-2, with commas between");
}

/** An item of a change request, as it came and as it was understood. */
export interface CheckedChange {
  readonly countryCode: string | null;
  readonly enabled: boolean | null;
  /** Null when there are problems. */
  readonly change: GeoPermissionChange | null;
  readonly problems: readonly string[];
}

export function readChanges(form: Form): CheckedChange[] {
  return readJsonItems(form, "Permissions", changesMax).map(readChange);
}

function readChange(item: JsonItem): CheckedChange {
  const countryCode = textOf(item, "country_code")?.toUpperCase() ?? null;
  const country = countryCode !== null && isCountry(countryCode) ? countryCode : null;
  const enabled = booleanOf(fieldOf(item, "enabled"));
  const type = fieldOf(item, "type") ?? "country";
  const problems = [
    ...(country === null ? ["Invalid country_code"] : []),
    ...(type === "country" ? [] : ["Invalid type"]),
    ...(enabled === null ? ["Invalid enabled"] : []),
  ];
  const change = problems.length > 0 || country === null || enabled === null ? null : { country, enabled };
  return { countryCode, enabled, change, problems };
}

/** Hand-written requests have it as a text, too. */
function booleanOf(value: unknown): boolean | null {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string" || !/^(true|false)$/i.test(value)) return null;
  return value.toLowerCase() === "true";
}
