// Headers with placeholders in their values. Names are fixed, values stay on their line, and what belongs to the connection
// or to the destination is nobody's to set.

import { headerBytes } from "./escape.ts";
import { brokenPlaceholder, fillText, hasBrokenPlaceholder, parseTemplateText } from "./placeholders.ts";

const ownedByConnection = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What is wrong with a header's name; null: nothing. */
export function headerNameProblem(name: string): string | null {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || name.includes("${")) return "is not the name of a header";
  return ownedByConnection.has(name.toLowerCase()) ? "is set by the connection and cannot be given" : null;
}

/** What is wrong with a header of a template; null: nothing. */
export function headerProblem(name: string, value: string): string | null {
  const text = parseTemplateText(value);
  if (hasBrokenPlaceholder(text)) return brokenPlaceholder;
  if (text.literals.some((literal) => headerBytes(literal) === null)) return "must have no control characters";
  if (name.toLowerCase() === "content-type" && text.names.length > 0) return "must have no placeholder";
  return headerNameProblem(name);
}

/** The value as it goes out; null: one of the values has a control character. */
export function renderHeader(value: string, valueFor: (name: string) => string): string | null {
  const text = parseTemplateText(value);
  return headerBytes(fillText(text, (index) => valueFor(text.names[index] ?? "")));
}
