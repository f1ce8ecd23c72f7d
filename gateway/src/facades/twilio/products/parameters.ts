// Reading single parameters of a form. An absent parameter is undefined, and so is an empty one unless empty means
// something; a wrong one throws `invalid-parameter` with its name.

import { GatewayError } from "../../../core/errors.ts";
import { isHttpUrl } from "../../../core/messages/check-request.ts";
import { type Form, first } from "../form.ts";

const urlCharactersMax = 4000;

/** The value of a parameter that must be there; throws `missing-parameter`. */
export function requiredText(form: Form, name: string): string {
  const text = first(form, name);
  if (text !== undefined && text.trim() !== "") return text;
  throw new GatewayError("missing-parameter", `Give '${name}'.`, { values: { parameter: name } });
}

/** A text of 1 to `max` characters (code points). */
export function readText(form: Form, name: string, max: number): string | undefined {
  const text = first(form, name);
  if (text === undefined) return undefined;
  if (text.trim() !== "" && [...text].length <= max) return text;
  throw invalid(name, `1 to ${max} characters`);
}

/** `true` and `false` as SDKs write them; also `True`, `1` and the like. */
export function readBoolean(form: Form, name: string): boolean | undefined {
  const text = first(form, name);
  if (!text) return undefined;
  if (/^(true|1)$/i.test(text)) return true;
  if (/^(false|0)$/i.test(text)) return false;
  throw invalid(name, "true or false");
}

export function readWholeNumber(form: Form, name: string, min: number, max: number): number | undefined {
  const text = first(form, name);
  if (!text) return undefined;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw invalid(name, `a whole number from ${min} to ${max}`);
}

/** One of `choices`, in any letter case. */
export function readChoice<Choice extends string>(
  form: Form,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = first(form, name);
  if (!text) return undefined;
  const choice = choices.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
  if (choice !== undefined) return choice;
  throw invalid(name, choices.join(", "));
}

/** An absolute http(s) URL; empty: null, which clears what is stored. */
export function readUrl(form: Form, name: string): string | null | undefined {
  const text = first(form, name);
  if (text === undefined || text === "") return text === undefined ? undefined : null;
  if (text.length <= urlCharactersMax && isHttpUrl(text)) return text;
  throw invalid(name, `an http(s) URL of at most ${urlCharactersMax} characters`);
}

export function invalid(name: string, expected: string): GatewayError {
  return new GatewayError("invalid-parameter", `Invalid ${name}: give ${expected}.`, { values: { parameter: name } });
}

/** `{ [name]: value }`, or nothing: for changes, where what is absent stays as it is. */
export function given<Name extends string, Value>(name: Name, value: Value | undefined): Partial<Record<Name, Value>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, Value>);
}
