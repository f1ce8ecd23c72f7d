// JSON as FusionAuth writes it: the names of objects in the order of their UTF-16 units, at every depth, and without members
// that are null.

import { isJsonObject, type Json, type JsonObject } from "./parse.ts";

export function writeJson(value: Json): string {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map((item: Json) => writeJson(item)).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .flatMap((name) => {
      const member = value[name] ?? null;
      return member === null ? [] : [`${JSON.stringify(name)}:${writeJson(member)}`];
    });
  return `{${members.join(",")}}`;
}

/** The object without members that have no value. */
export function present(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, Json] => entry[1] !== undefined && entry[1] !== null),
  );
}
