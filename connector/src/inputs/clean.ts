// What the platform hands over as an input's value, made what an action takes. Absent values come as undefined or as an
// empty string, also where a list is meant.

import { type KeyValuePair, util } from "@prismatic-io/spectral";

export function required(value: unknown): string {
  return util.types.toString(value);
}

/** Undefined for nothing. */
export function optional(value: unknown): string | undefined {
  return util.types.toString(value).trim() || undefined;
}

/** For an input named `label`: an error that does not say which input is wrong helps nobody. Undefined for nothing. */
export function optionalNumber(label: string): (value: unknown) => number | undefined {
  return (value) => (optional(value) === undefined ? undefined : named(label, () => util.types.toNumber(value)));
}

function named<Result>(label: string, read: () => Result): Result {
  try {
    return read();
  } catch (thrown) {
    throw new Error(`${label}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

/** Undefined, too: the server decides. */
export function optionalBoolean(value: unknown): boolean | undefined {
  return optional(value) === undefined ? undefined : util.types.toBool(value);
}

/** True unless it is switched off: a step that was made before the input existed has no value for it. */
export function onByDefault(value: unknown): boolean {
  return optional(value) === undefined ? true : util.types.toBool(value);
}

export function offByDefault(value: unknown): boolean {
  return util.types.toBool(value, false);
}

/** Non-empty texts. */
export function texts(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((each) => optional(each) ?? []);
}

/** Entries of a list of keys and values, in order, none merged. Also takes an object. */
export function entries(value: unknown): [string, unknown][] {
  if (Array.isArray(value)) {
    return (value as Partial<KeyValuePair>[]).flatMap((pair) =>
      optional(pair?.key) === undefined ? [] : [[util.types.toString(pair.key), pair.value]],
    );
  }
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

/** The same with texts as values; a list of values repeats its key. */
export function textEntries(value: unknown): [string, string][] {
  return entries(value).flatMap(([key, each]) =>
    [each].flat().map((one): [string, string] => [key, util.types.toString(one)]),
  );
}

/** JSON, as text or already parsed, of the input named `label`. Undefined for nothing. */
export function optionalJson(label: string, value: unknown): unknown {
  if (typeof value !== "string") return value ?? undefined;
  if (value.trim() === "") return undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw new Error(`${label}: the value is not valid JSON.`);
  }
}
