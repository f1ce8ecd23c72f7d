// How resources say what they take and give: the words of their operations.ts. Paths are written as OpenAPI does; v2010's
// with `.json`, which is what every SDK asks for.

import type { OpenapiSchema } from "../../openapi-part.ts";

/** Name of a parameter or of a response's field → what it is. */
export type Fields = Readonly<Record<string, Field>>;
export interface Field extends OpenapiSchema {
  readonly needed?: true;
}

const field =
  (type: string) =>
  (description = ""): Field =>
    description === "" ? { type } : { type, description };

export const text = field("string");
export const whole = field("integer");
export const flag = field("boolean");
export const map = field("object");

export function texts(description = ""): Field {
  return { ...field("array")(description), items: { type: "string" } };
}

/** A parameter that must be given. */
export function needed(of: Field): Field {
  return { ...of, needed: true };
}

/** A field that may be null. */
export function nullable(of: Field): Field {
  return { ...of, type: [...[of.type ?? "string"].flat(), "null"] };
}

/** The fields by type: `fieldsOf(text(), "sid", "uri")`. */
export function fieldsOf(of: Field, ...names: string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, of]));
}

type Method = "get" | "post" | "patch" | "delete";

export interface Operation {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly query?: Fields;
  readonly form?: Fields;
  readonly status: 200 | 201 | 204 | 307;
  /** The name of the schema of the answer; absent: it has no body. */
  readonly answer?: string;
  /** The answer is a page of these, under this key. */
  readonly list?: string;
  /** Needs no credentials. */
  readonly open?: true;
}

/** The operations of one resource folder. */
export interface Description {
  readonly tag: string;
  readonly about: string;
  /** Schemas of answers by name. */
  readonly schemas: Readonly<Record<string, Fields>>;
  readonly operations: readonly Operation[];
}

interface Collection {
  readonly path: string;
  /** In a sentence: `an application`. */
  readonly thing: string;
  readonly answer: string;
  readonly list: string;
  readonly query?: Fields;
  readonly form?: Fields;
  /** Where the answer to a create request differs. */
  readonly created?: string;
}

/** GET (list) and, with `form`, POST (create) of a collection. */
export function collection({ path, thing, answer, list, query, form, created }: Collection): Operation[] {
  const listing = { method: "get", path, summary: `List: ${thing} each`, ...(query && { query }) } as const;
  const listed: Operation = { ...listing, status: 200, answer, list };
  if (form === undefined) return [listed];
  return [listed, { method: "post", path, summary: `Create ${thing}`, form, status: 201, answer: created ?? answer }];
}

interface Item {
  readonly path: string;
  readonly thing: string;
  readonly answer: string;
  /** With it, POST changes the item. */
  readonly form?: Fields;
  readonly deletable?: boolean;
}

/** GET (fetch) and, as said, POST (update) and DELETE of an item. */
export function item({ path, thing, answer, form, deletable = true }: Item): Operation[] {
  const fetched: Operation = { method: "get", path, summary: `Fetch ${thing}`, status: 200, answer };
  const changed: Operation[] =
    form === undefined ? [] : [{ method: "post", path, summary: `Change ${thing}`, form, status: 200, answer }];
  const deleted: Operation[] = deletable ? [{ method: "delete", path, summary: `Delete ${thing}`, status: 204 }] : [];
  return [fetched, ...changed, ...deleted];
}
