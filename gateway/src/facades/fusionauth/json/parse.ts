// JSON as it comes in, into values that lose nothing: whole numbers beyond 2^53 become bigints. Refuses what could hurt those
// who work with the result: nesting without end, numbers without end, names that reach for prototypes.

import { toError } from "../../../core/errors.ts";

export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

const depthMax = 500;
const digitsMax = 400;

export type ParsedJson =
  | { readonly kind: "json"; readonly value: Json }
  | { readonly kind: "problem"; readonly detail: string };

/** Bytes of UTF-8, with or without a byte order mark. */
export function parseJson(bytes: Uint8Array): ParsedJson {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (depthOf(text) > depthMax) return problem(`nested deeper than ${depthMax} levels`);
    return { kind: "json", value: (JSON.parse as ParseWithSource)(text, revive) };
  } catch (thrown) {
    return problem(toError(thrown).message);
  }
}

function problem(detail: string): ParsedJson {
  return { kind: "problem", detail };
}

/** Revivers get the text of a number since ES2026; TypeScript does not know it yet. */
type ParseWithSource = (
  text: string,
  reviver: (this: unknown, name: string, value: Json, context: { readonly source?: string }) => Json,
) => Json;

function revive(name: string, value: Json, { source = "" }: { readonly source?: string }): Json {
  if (name === "__proto__") throw new Error("the name __proto__ is not allowed");
  if (typeof value === "number") return exact(value, source);
  if (name === "constructor" && isJsonObject(value) && Object.hasOwn(value, "prototype")) {
    throw new Error("the name constructor.prototype is not allowed");
  }
  return value;
}

function exact(value: number, source: string): Json {
  if (source.length > digitsMax || !Number.isFinite(value)) throw new Error("a number is out of range");
  if (!Number.isSafeInteger(value) && /^-?\d+$/.test(source)) return BigInt(source);
  // There is no negative zero in JSON's sense of a number.
  return value === 0 ? 0 : value;
}

/** How deep brackets are nested outside of texts: JSON.parse with a reviver recurses, so it is asked before. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (inText) {
      if (character === 0x5c) index++;
      else if (character === 0x22) inText = false;
    } else if (character === 0x22) inText = true;
    else if (character === 0x7b || character === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (character === 0x7d || character === 0x5d) depth--;
  }
  return deepest;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
