// The three flavours of PATCH. What is patched is the request as a PUT would send it (`{"messenger": {…}}`), so pointers begin
// with the resource's name.

import type { PatchFlavour } from "../body.ts";
import { generalError, invalidJson, refuse } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json/parse.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { mergeLegacy } from "./legacy-merge.ts";
import { applyMergePatch } from "./merge-patch.ts";

export interface PatchRules {
  /** Arrays that the legacy merge replaces, as dotted paths. */
  readonly replaced: readonly string[];
  /** What the legacy merge cannot change. */
  readonly ignored: readonly string[];
}

/** The request that `document` becomes. Throws the 400; changes nothing that it is given. */
export function applyPatchTo(
  document: JsonObject,
  { flavour, patch }: { readonly flavour: PatchFlavour; readonly patch: Json },
  rules: PatchRules,
): JsonObject {
  if (flavour === "legacy") return mergeLegacy(document, withoutNulls(patch), rules);
  const value = flavour === "merge-patch" ? applyMergePatch(document, patch) : patched(document, patch);
  if (isJsonObject(value)) return value;
  throw refuse(invalidJson("unknown", "Unexpected processing exception", "nothing is left of the request"));
}

/** `{"messenger": null}` changes nothing. */
function withoutNulls(patch: Json): JsonObject {
  if (!isJsonObject(patch)) return {};
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== null));
}

function patched(document: JsonObject, patch: Json): Json {
  const result = applyJsonPatch(document, patch);
  if (result.kind === "patched") return result.value;
  if (result.kind === "test-failed") {
    const message =
      "A requested test operation has failed. The value is not equal to the expected value. No changes were made to the requested resource.";
    throw refuse(generalError("JSONPatchTestFailed", message));
  }
  throw refuse(invalidJson("unknown", "Unexpected processing exception", result.detail));
}
