// The body of a webhook as it came over the wire, whatever form a platform hands it on in, and the fields in it.

import { isObject, parseJson } from "../json.ts";

type Fields = readonly (readonly [name: string, value: string])[];

export interface WebhookBody {
  /** The bytes that were sent; null when only a parsed form is left of them. */
  readonly bytes: Buffer | null;
  readonly kind: "form" | "other" | "none";
  /** A form's fields; empty for anything else. */
  readonly fields: Fields;
  /** What the body says: an object of the fields, parsed JSON, or text. */
  readonly data: unknown;
}

/** `given`: the body as it may arrive, the one nearest to the wire first. Headers have lower-case names. */
export function readBody(given: readonly unknown[], contentType: string): WebhookBody {
  const type = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const bytes = given.map(bytesOf).find((each) => each !== null) ?? null;
  if (bytes === null) return readParsed(given, type);
  if (bytes.length === 0) return { bytes, kind: "none", fields: [], data: {} };
  const text = bytes.toString("utf8");
  if (type === "application/x-www-form-urlencoded") {
    const fields = [...new URLSearchParams(text)];
    return { bytes, kind: "form", fields, data: objectOf(fields) };
  }
  return { bytes, kind: "other", fields: [], data: parseJson(text) ?? text };
}

/** A platform that gives only what it made of a form: good enough, since a form's fields are all that is signed. */
function readParsed(given: readonly unknown[], type: string): WebhookBody {
  const parsed = given.find(isObject);
  if (parsed === undefined || Object.keys(parsed).length === 0) {
    return { bytes: null, kind: "none", fields: [], data: {} };
  }
  if (type !== "application/x-www-form-urlencoded") return { bytes: null, kind: "other", fields: [], data: parsed };
  const fields = Object.entries(parsed).flatMap(([name, value]) =>
    [value].flat().map((each) => [name, typeof each === "string" ? each : String(each)] as const),
  );
  return { bytes: null, kind: "form", fields, data: objectOf(fields) };
}

/** A repeated name has a list of its values. */
export function objectOf(fields: Fields): Record<string, string | string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of fields) {
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return Object.fromEntries([...values].map(([name, list]) => [name, list.length === 1 ? (list[0] ?? "") : list]));
}

/** A string, a buffer, or a buffer that went through JSON. */
function bytesOf(value: unknown): Buffer | null {
  if (typeof value === "string") return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (isObject(value) && value["type"] === "Buffer" && Array.isArray(value["data"])) {
    return Buffer.from(value["data"] as number[]);
  }
  return null;
}
