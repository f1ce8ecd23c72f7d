// What the bulk requests share: a parameter that is repeated, each value one JSON object; every object is checked by
// itself, and its result stands at the same place in the answer. Only what is no list of objects fails the whole request.

import { parsePhoneNumber } from "../../../core/addresses/phone-number.ts";
import { GatewayError } from "../../../core/errors.ts";
import { all, type Form } from "../form.ts";
import { invalid } from "./parameters.ts";

export type JsonItem = Readonly<Record<string, unknown>>;

/** The JSON objects in a repeated parameter. Throws `missing-parameter` or `invalid-parameter`. */
export function readJsonItems(form: Form, name: string, max: number): JsonItem[] {
  const texts = all(form, name);
  if (texts.length === 0) {
    throw new GatewayError("missing-parameter", `Give '${name}'.`, { values: { parameter: name } });
  }
  if (texts.length > max) throw invalid(name, `at most ${max}`);
  return texts.map((text) => {
    const item = parseJson(text);
    if (typeof item === "object" && item !== null && !Array.isArray(item)) return item as JsonItem;
    throw invalid(name, "one JSON object per value");
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // No JSON is no object either.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A key of an item; undefined for what only every object has (`constructor`). */
export function fieldOf(item: JsonItem, key: string): unknown {
  return Object.hasOwn(item, key) ? item[key] : undefined;
}

export function textOf(item: JsonItem, key: string): string | null {
  const value = fieldOf(item, key);
  return typeof value === "string" ? value : null;
}

/** One of `choices`, in this spelling; else null. */
export function choiceOf<Choice extends string>(
  item: JsonItem,
  key: string,
  choices: readonly Choice[],
): Choice | null {
  const text = textOf(item, key);
  return choices.find((choice) => choice === text) ?? null;
}

/** A number in E.164. A leading space is a `+` that was not percent-encoded. */
export function numberOf(item: JsonItem, key: string): string | null {
  const text = textOf(item, key)?.replace(/^ /, "+");
  return text !== undefined && parsePhoneNumber(text)?.e164 === text ? text : null;
}

/** An item as it was read: what is to be stored, or everything that is wrong with it. */
export interface CheckedItem<Value> {
  /** As given; null when it is no text. */
  readonly correlationId: string | null;
  readonly value: Value | null;
  readonly problems: readonly string[];
}

const correlationIdForm = /^[0-9A-Za-z]{32}$/;

/** What every item has: who it is about. */
interface AboutContact {
  readonly contact: string;
}

/**
 * Checks items in their order, what all of them have first; `check` reads the rest and adds to the problems. A correlation
 * id that an earlier item has is wrong.
 */
export function checkItems<Value extends AboutContact>(
  items: readonly JsonItem[],
  check: (item: JsonItem, problems: string[]) => Omit<Value, "contact"> | null,
): CheckedItem<Omit<Value, "contact"> & AboutContact>[] {
  const seen = new Set<string>();
  return items.map((item) => {
    const problems: string[] = [];
    const contact = numberOf(item, "contact_id");
    if (contact === null) problems.push("INVALID_CONTACT_ID");
    const correlationId = textOf(item, "correlation_id");
    if (correlationId === null || !correlationIdForm.test(correlationId) || seen.has(correlationId)) {
      problems.push("INVALID_CORRELATION_ID");
    } else seen.add(correlationId);
    const rest = check(item, problems);
    const value = contact === null || rest === null || problems.length > 0 ? null : { ...rest, contact };
    return { correlationId, value, problems };
  });
}

/** Stores the good items with `store`, which tells of each whether it was; the others keep their problems. */
export async function storeItems<Value>(
  items: readonly CheckedItem<Value>[],
  store: (values: readonly Value[]) => Promise<boolean[]>,
): Promise<CheckedItem<Value>[]> {
  const good = items.flatMap(({ value }) => (value === null ? [] : [value]));
  const stored = (await store(good)).values();
  return items.map((item) => {
    if (item.value === null || stored.next().value === true) return item;
    return { ...item, problems: ["INTERNAL_SERVER_ERROR"] };
  });
}

/** The answer to a bulk request. `errorCode`: of the items that failed. */
export function presentItems(items: readonly CheckedItem<unknown>[], errorCode: number) {
  return {
    items: items.map(({ correlationId, problems }) => ({
      correlation_id: correlationId,
      error_code: problems.length === 0 ? 0 : errorCode,
      error_messages: [...problems],
    })),
  };
}
