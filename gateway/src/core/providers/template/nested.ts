// A value is escaped once, for the outermost form that it stands in. JSON or XML that is carried inside a form value or a
// JSON string would need a second escape, so such templates are refused rather than filled unsafely.

import { countMarks } from "./placeholders.ts";

const advice = "carries JSON or XML inside another value: give that as the body, with its own content type";

/** What is wrong with one of the decoded, marked values; null: nothing. */
export function findNested(values: readonly string[]): string | null {
  const nested = values.some((value) => countMarks(value) > 0 && (isJson(value) || isXml(value)));
  return nested ? advice : null;
}

/** Text such as `[Acme] ${message}` begins like JSON and is none. */
function isJson(value: string): boolean {
  if (!/^\s*[{[]/.test(value)) return false;
  try {
    JSON.parse(value);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function isXml(value: string): boolean {
  const text = value.trim();
  return /^<[?!a-z]/i.test(text) && text.endsWith(">");
}
