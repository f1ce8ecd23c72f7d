// What a raw request carries, as bytes with a content type: data of any kind, or a multipart form. JSON for the classic
// API, which takes forms only, becomes a form.

import { invalidInput } from "../errors.ts";
import { encodePairs, type Pairs } from "../http/call.ts";
import { isObject, type JsonObject, parseJson } from "../json.ts";
import { encodeMultipart, type FormPart } from "./multipart.ts";

/** Entries keep their order, and a name may come several times. */
export type Entries = readonly (readonly [name: string, value: unknown])[];

export interface BodyInput {
  readonly data?: unknown;
  readonly formData?: Entries | undefined;
  readonly fileData?: Entries | undefined;
  /** Name in `fileData` → file name. */
  readonly fileNames?: Readonly<Record<string, string>> | undefined;
}

export interface RawBody {
  readonly body: Buffer | null;
  /** Null: none is due. */
  readonly contentType: string | null;
}

const FORM = "application/x-www-form-urlencoded";

/** `declared`: the caller's own content type. Throws `invalid-input`. */
export function rawBody(
  { data, formData = [], fileData = [], fileNames = {} }: BodyInput,
  { isClassic, declared }: { readonly isClassic: boolean; readonly declared: string | undefined },
): RawBody {
  const hasData = data !== undefined && data !== null && data !== "";
  if (formData.length > 0 || fileData.length > 0) {
    if (hasData) throw invalidInput("Cannot specify both Data and File/Form Data.");
    return encodeMultipart([...formData.flatMap(formPart), ...fileData.map((entry) => filePart(entry, fileNames))]);
  }
  if (!hasData) return { body: null, contentType: null };
  const bytes = bytesOf(data);
  if (bytes !== null) return { body: bytes.data, contentType: declared ?? bytes.contentType };
  if (declared !== undefined) return { body: Buffer.from(textOf(data)), contentType: declared };
  const parsed = typeof data === "string" ? parseJson(data) : data;
  if (isObject(parsed) && isClassic) return { body: Buffer.from(encodePairs(formOf(parsed))), contentType: FORM };
  if (typeof parsed === "object" && parsed !== null) {
    return { body: Buffer.from(textOf(data)), contentType: "application/json" };
  }
  return { body: Buffer.from(textOf(data)), contentType: FORM };
}

/** JSON as a form: a list repeats its name, an object becomes JSON text, null is left out. */
function formOf(object: JsonObject): Pairs {
  return Object.entries(object).flatMap(([name, value]) =>
    [value].flat().flatMap((each) => (each === null || each === undefined ? [] : [[name, textOf(each)] as const])),
  );
}

function formPart([name, value]: readonly [string, unknown]): FormPart[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.map((each) => ({ name, data: bytesOf(each)?.data ?? Buffer.from(textOf(each)) }));
}

function filePart([name, value]: readonly [string, unknown], fileNames: Readonly<Record<string, string>>): FormPart {
  const bytes = bytesOf(value);
  const fileName = Object.hasOwn(fileNames, name) ? fileNames[name] || name : name;
  const contentType = bytes?.contentType;
  return {
    name,
    fileName,
    data: bytes?.data ?? Buffer.from(textOf(value)),
    ...(contentType == null || contentType === "application/octet-stream" ? {} : { contentType }),
  };
}

/** Bytes in any form in which a step hands them on: a buffer, one as JSON, or `{ data, contentType }` of a payload. */
function bytesOf(value: unknown): { readonly data: Buffer; readonly contentType: string | null } | null {
  if (value instanceof Uint8Array) return { data: Buffer.from(value), contentType: "application/octet-stream" };
  if (!isObject(value)) return null;
  const { type, data, contentType } = value;
  if (type === "Buffer" && Array.isArray(data)) {
    return { data: Buffer.from(data as number[]), contentType: "application/octet-stream" };
  }
  if (typeof contentType !== "string" || !("data" in value)) return null;
  const inner = bytesOf(data);
  if (inner !== null) return { data: inner.data, contentType };
  return typeof data === "string" ? { data: Buffer.from(data), contentType } : null;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
