// JSON Merge Patch (RFC 7396): null removes a member, objects merge, everything else replaces.

import { isJsonObject, type Json } from "../json/parse.ts";

export function applyMergePatch(target: Json, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const merged = new Map<string, Json>(isJsonObject(target) ? Object.entries(target) : []);
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) merged.delete(name);
    else merged.set(name, applyMergePatch(merged.get(name) ?? null, change));
  }
  return Object.fromEntries(merged);
}
