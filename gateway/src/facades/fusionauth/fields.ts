// Reads the members of a request's object as FusionAuth does: null is absent, numbers and booleans are taken for texts, and
// what cannot be converted is an error under the member's name. Gathers every error instead of stopping at the first.

import { type Errors, fieldError, invalidJson } from "./errors.ts";
import { isJsonObject, type Json, type JsonObject } from "./json/parse.ts";

export interface Fields {
  readonly errors: Errors[];
  text(name: string): string | undefined;
  flag(name: string): boolean | undefined;
  integer(name: string, range: { readonly min: number; readonly max: number }): number | undefined;
  uuid(name: string): string | undefined;
  object(name: string): JsonObject | undefined;
  /** Of texts, by name. */
  texts(name: string): Record<string, string> | undefined;
  list(name: string): readonly Json[] | undefined;
  /** For what none of the others can say. */
  refuse(name: string, detail: string): undefined;
}

/** Milliseconds since the epoch: from the first instant that PostgreSQL can keep to the last one that JavaScript can. */
export const instants = { min: -210_866_803_200_000, max: 8_640_000_000_000_000 };

const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return uuidForm.test(text);
}

/** `path`: the name of the object. Members that are not among `known` are errors. */
export function readFields(source: JsonObject, path: string, known: readonly string[]): Fields {
  const errors: Errors[] = Object.keys(source)
    .filter((name) => !known.includes(name))
    .map((name) => invalidJson(name, "Unrecognized property", `there is no property ${name} in ${path}`));

  function refuse(name: string, detail: string): undefined {
    errors.push(invalidJson(name, "Possible conversion error", detail, `${path}.${name}`));
  }

  function read<Value>(name: string, expected: string, convert: (value: Json) => Value | undefined): Value | undefined {
    const value = Object.hasOwn(source, name) ? source[name] : undefined;
    if (value === undefined || value === null) return undefined;
    return convert(value) ?? refuse(name, `expected ${expected}`);
  }

  return {
    errors,
    refuse,
    text: (name) => read(name, "a text", textOf),
    flag: (name) =>
      read(name, "true or false", (value) => (value === "true" ? true : value === "false" ? false : booleanOf(value))),
    integer: (name, { min, max }) =>
      read(name, `a whole number from ${min} to ${max}`, (value) =>
        Number.isInteger(value) && Number(value) >= min && Number(value) <= max ? Number(value) : undefined,
      ),
    uuid: (name) =>
      read(name, "a UUID", (value) => (typeof value === "string" && isUuid(value) ? value.toLowerCase() : undefined)),
    object: (name) => read(name, "an object", (value) => (isJsonObject(value) ? value : undefined)),
    texts: (name) => read(name, "an object of texts", textsOf),
    list: (name) => read(name, "an array", (value) => (Array.isArray(value) ? value : undefined)),
  };
}

function textOf(value: Json): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean"
    ? String(value)
    : undefined;
}

function booleanOf(value: Json): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function textsOf(value: Json): Record<string, string> | undefined {
  if (!isJsonObject(value)) return undefined;
  const entries = Object.entries(value).filter(([, text]) => text !== null);
  const texts = entries.map(([name, text]): [string, string | undefined] => [name, textOf(text)]);
  return texts.every((entry): entry is [string, string] => entry[1] !== undefined)
    ? Object.fromEntries(texts)
    : undefined;
}

/** `[couldNotConvert]` for an id of a path that is no UUID. */
export function badId(field: string, value: string): Errors {
  const message = `Invalid ${field} on the URL [${value}]. This must be a valid UUID String (e.g. 25a872da-bb44-4af8-a43d-e7bcb5351ebc).`;
  return fieldError("couldNotConvert", field, message);
}

export function required(field: string, kind: "blank" | "missing" | "empty"): Errors {
  return fieldError(kind, field, `You must specify the [${field}] property.`);
}

export function invalid(field: string, detail: string): Errors {
  return fieldError("invalid", field, `The [${field}] property is invalid. ${detail}`);
}

/** Empty unless the text has more characters than that. */
export function tooLong(field: string, text: string | undefined, charactersMax: number): readonly Errors[] {
  if (text === undefined || text.length <= charactersMax) return [];
  return [fieldError("tooLong", field, `The [${field}] property must have at most ${charactersMax} characters.`)];
}

export function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === "";
}
