// The date filters of v2010 lists: `Name`, `Name<` and `Name>` in a query, with their echo for the page URIs.

import { GatewayError } from "../../core/errors.ts";
import { type DateFilter, parseDateFilter, rangeOf, type TimeRange } from "./dates.ts";
import { type Form, first } from "./form.ts";
import type { EchoedFilters } from "./paging.ts";

/**
 * `DateSent=…` is that UTC day, `DateSent<=…` and `DateSent>=…` are inclusive bounds. An empty value is no filter.
 * Throws `invalid-parameter` for what is no date.
 */
export function readDateFilters(query: Form, name: string): { range: TimeRange; echoed: EchoedFilters } {
  const filters: { on?: DateFilter; since?: DateFilter; until?: DateFilter } = {};
  const echoed: [string, string][] = [];
  for (const [suffix, key] of [
    ["", "on"],
    ["<", "until"],
    [">", "since"],
  ] as const) {
    const text = first(query, name + suffix);
    if (!text) continue;
    const parsed = parseDateFilter(text);
    if (parsed === null) {
      throw new GatewayError("invalid-parameter", `Invalid ${name}${suffix}: give a date, as in 2024-01-31.`, {
        values: { parameter: name + suffix },
      });
    }
    filters[key] = parsed;
    echoed.push([name + suffix, text]);
  }
  return { range: rangeOf(filters), echoed };
}
