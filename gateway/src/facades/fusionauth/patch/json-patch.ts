// JSON Patch (RFC 6902) on the library rfc6902, one operation after the other until the first that fails. What the library
// leaves to its caller is done here: pointers reach own members only, copies may not outgrow a budget, tests compare in
// linear time.

import { isDeepStrictEqual } from "node:util";
import { applyPatch, type Operation } from "rfc6902";
import { isJsonObject, type Json, type JsonObject } from "../json/parse.ts";
import { writeJson } from "../json/write.ts";

export type Patched =
  | { readonly kind: "patched"; readonly value: Json }
  | { readonly kind: "test-failed" }
  | { readonly kind: "problem"; readonly detail: string };

const operationsMax = 10_000;
/** Characters of JSON that copies may add: each may double what is there. */
const copiedMax = 1_000_000;
/** How many members shift at the most when arrays grow in the middle. */
const shiftedMax = 50_000_000;
const forbidden: readonly string[] = ["__proto__", "constructor", "prototype"];
const arrayIndex = /^(?:0|[1-9]\d{0,8})$/;

/** Changes nothing that it is given. */
export function applyJsonPatch(target: JsonObject, patch: Json): Patched {
  if (!Array.isArray(patch)) return problem("a JSON Patch is an array of operations");
  if (patch.length > operationsMax) return problem(`a JSON Patch has at most ${operationsMax} operations`);
  // The whole document is a member of this one, so that "" can be a target like any other.
  const holder = { root: structuredClone(target) as Json };
  const budget = { copied: 0, shifted: 0 };
  for (const [index, operation] of patch.entries()) {
    const failed = applyOne(holder, operation as Json, budget);
    if (failed === "test") return { kind: "test-failed" };
    if (failed !== null) return problem(`operation ${index}: ${failed}`);
  }
  return { kind: "patched", value: holder.root ?? null };
}

function problem(detail: string): Patched {
  return { kind: "problem", detail };
}

interface Budget {
  copied: number;
  shifted: number;
}

/** What is wrong with the operation, `test` for a test that failed; null: done. */
function applyOne(holder: { root: Json }, operation: Json, budget: Budget): string | null {
  if (!isJsonObject(operation)) return "an operation is an object";
  const { op, path, from } = operation;
  if (typeof path !== "string") return "path must be a JSON Pointer";
  const place = locate(holder, `/root${path}`);
  if (typeof place === "string" || !/^(?:$|\/)/.test(path))
    return typeof place === "string" ? place : "path must begin with /";
  if (op === "test") return testFailure(place, operation);
  if ((op === "remove" || op === "replace") && place.value === undefined) return `there is nothing at ${path}`;
  const needsFrom = op === "move" || op === "copy";
  if (needsFrom) {
    const source =
      typeof from === "string" && /^(?:$|\/)/.test(from)
        ? locate(holder, `/root${from}`)
        : "from must be a JSON Pointer";
    if (typeof source === "string") return source;
    if (source.value === undefined) return `there is nothing at ${from}`;
    if (op === "copy") budget.copied += writeJson(source.value).length;
    if (budget.copied > copiedMax) return "the copies are too large";
  }
  budget.shifted += Array.isArray(place.parent) ? place.parent.length : 0;
  if (budget.shifted > shiftedMax) return "too many changes of long arrays";
  const prefixed = { ...operation, path: `/root${path}`, ...(needsFrom ? { from: `/root${from}` } : {}) };
  const [failure] = applyPatch(holder, [prefixed as unknown as Operation]);
  return failure === null || failure === undefined ? null : failure.message;
}

function testFailure({ value }: Place, operation: JsonObject): string | null {
  if (!Object.hasOwn(operation, "value")) return "a test needs a value";
  if (value === undefined) return "there is nothing to be tested";
  return isDeepStrictEqual(value, operation["value"]) ? null : "test";
}

interface Place {
  readonly parent: Json;
  /** Undefined: there is nothing yet. */
  readonly value: Json | undefined;
}

/** Where a pointer leads, by own members alone; or what is wrong with it. */
function locate(document: Json, pointer: string): Place | string {
  const tokens = pointer.split("/").slice(1);
  let parent: Json = null;
  let value: Json | undefined = document;
  for (const token of tokens) {
    if (/~(?![01])/.test(token)) return "a ~ in a JSON Pointer must be ~0 or ~1";
    const name = token.replaceAll("~1", "/").replaceAll("~0", "~");
    if (forbidden.includes(name)) return `the name ${name} is not allowed in a JSON Pointer`;
    if (value === undefined || value === null || typeof value !== "object")
      return `there is nothing at ${pointer.slice(5)}`;
    parent = value;
    if (Array.isArray(value)) {
      if (name !== "-" && !arrayIndex.test(name)) return `${name} is not an index of an array`;
      value = name === "-" ? undefined : (value[Number(name)] as Json | undefined);
    } else value = Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined;
  }
  return { parent, value };
}
