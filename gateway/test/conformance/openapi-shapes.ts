// Comparing the shape of answers with the examples of Twilio's own OpenAPI documents: keys, types, forms of SIDs, dates
// and links, never values. The documents are not part of the project: TRUNKLINE_TWILIO_OPENAPI names a directory that
// holds them.

import { readFileSync } from "node:fs";
import { join } from "node:path";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

interface OpenApi {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, unknown>> } | undefined>>>
  >;
}

/** Undefined: shapes cannot be compared here. */
export const openapiDirectory = process.env["TRUNKLINE_TWILIO_OPENAPI"];
/** Why not, for the name of a test suite. */
export const openapiMissing =
  openapiDirectory === undefined ? " (skipped: TRUNKLINE_TWILIO_OPENAPI names no directory)" : "";

/** The examples of an operation's answer. `document`: the file's name. */
export function readExamples(document: string, path: string, method: string, status: string): Json[] {
  const file = join(openapiDirectory ?? "", document);
  const { paths } = JSON.parse(readFileSync(file, "utf8")) as OpenApi;
  const response = paths[path]?.[method]?.responses[status] as
    | { content: { "application/json": { examples: Record<string, { value: Json }> } } }
    | undefined;
  if (response === undefined) throw new Error(`${file} has no ${method} ${path} with ${status}`);
  return Object.values(response.content["application/json"].examples).map((example) => example.value);
}

/** What texts look like in one API. */
export interface TextForms {
  /** Under keys that begin with `date_`. */
  readonly date: RegExp;
  /** Under keys that end in `uri`, `url` (and not `…_url` of a webhook), or stand below `links`. */
  readonly link: RegExp;
}

export const coreForms: TextForms = {
  date: /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d \+0000$/,
  link: /^\/2010-04-01\/Accounts\/AC[0-9a-f]{32}[/.]/,
};

export const productForms: TextForms = {
  date: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  link: /^http:\/\/127\.0\.0\.1:\d+\/v1\//,
};

const sidForm = /^[A-Z]{2}[0-9a-f]{32}$/;

/** Every way in which `actual` differs in shape from `example`, as `path: what`. */
export function differences(actual: Json | undefined, example: Json, forms: TextForms, path = "$"): string[] {
  if (actual === null || example === null) return actual === undefined ? [`${path}: missing`] : [];
  if (actual === undefined) return [`${path}: missing`];
  if (Array.isArray(actual) || Array.isArray(example)) {
    if (!Array.isArray(actual) || !Array.isArray(example)) return [`${path}: list or not`];
    const [pattern] = example;
    if (pattern === undefined) return [];
    return actual.flatMap((item, at) => differences(item, pattern, forms, `${path}[${at}]`));
  }
  if (typeof actual !== typeof example) return [`${path}: ${typeof actual} instead of ${typeof example}`];
  if (typeof actual === "object" && typeof example === "object") {
    const extra = Object.keys(actual).filter((key) => !(key in example));
    return [
      ...extra.map((key) => `${path}.${key}: not in the example`),
      ...Object.entries(example).flatMap(([key, each]) => differences(actual[key], each, forms, `${path}.${key}`)),
    ];
  }
  return differencesOfText(actual, forms, path);
}

function differencesOfText(actual: Json, forms: TextForms, path: string): string[] {
  const key = path.slice(path.lastIndexOf(".") + 1);
  const text = String(actual);
  // Of a number that has no application.
  if (/_application_sid$/.test(key) && text === "") return [];
  if (/(^|_)sid$/.test(key) && !sidForm.test(text)) return [`${path}: ${text} is no SID`];
  if (key.startsWith("date_") && !forms.date.test(text)) return [`${path}: ${text} is no date`];
  const isLink = /uri$|^url$|_page_url$/.test(key) || path.includes(".links.");
  if (isLink && !forms.link.test(text)) return [`${path}: ${text} is no link`];
  return [];
}
