// A text with `{{name}}` in it. A name without a value is an error: nobody should get a message with a hole in it.

import { invalidInput } from "./errors.ts";

const PLACEHOLDER = /\{\{\s*([^{}\s][^{}]*?)\s*\}\}/g;

/** Throws `invalid-input` when a value is missing. */
export function fillTemplate(template: string, variables: Readonly<Record<string, unknown>>): string {
  return template.replace(PLACEHOLDER, (_, name: string) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    throw invalidInput(`The recipient has no value for {{${name}}}.`);
  });
}
