// FusionAuth's own PATCH (application/json): objects merge, arrays are appended (its documented limitation), null removes.

import { isJsonObject, type Json, type JsonObject } from "../json/parse.ts";

/**
 * `target` with what `patch` says. `replaced`: dotted paths of arrays that are replaced all the same; `ignored`: paths that
 * a patch cannot change. An array in the place of anything else, and the other way round, replaces it.
 */
export function mergeLegacy(
  target: JsonObject,
  patch: JsonObject,
  rules: { readonly replaced: readonly string[]; readonly ignored: readonly string[] },
  path = "",
): JsonObject {
  const merged = new Map<string, Json>(Object.entries(target));
  for (const [name, change] of Object.entries(patch)) {
    const here = path === "" ? name : `${path}.${name}`;
    if (rules.ignored.includes(here)) continue;
    const before = merged.get(name);
    if (change === null) merged.delete(name);
    else if (isJsonObject(change)) {
      merged.set(name, mergeLegacy(isJsonObject(before) ? before : {}, change, rules, here));
    } else if (Array.isArray(change) && Array.isArray(before) && !rules.replaced.includes(here)) {
      merged.set(name, [...before, ...change]);
    } else merged.set(name, change);
  }
  return Object.fromEntries(merged);
}
