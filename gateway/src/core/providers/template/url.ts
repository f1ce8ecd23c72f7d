// URLs with placeholders. Values may fill path segments and the query; scheme, host and port are as they were saved, and no
// value can add a segment, a parameter or a fragment.

import { percentEncode } from "./escape.ts";
import { findNested } from "./nested.ts";
import {
  brokenPlaceholder,
  countMarks,
  fillText,
  hasBrokenPlaceholder,
  marked,
  parseTemplateText,
  replaceMarks,
  reservedText,
} from "./placeholders.ts";

export interface UrlTemplate {
  /** As a URL parser writes it, with marks. */
  readonly href: string;
  readonly names: readonly string[];
}

/** The template, or what is wrong with it. */
export function compileUrl(source: string): UrlTemplate | string {
  const text = parseTemplateText(source);
  if (hasBrokenPlaceholder(text)) return brokenPlaceholder;
  // a URL parser would drop or rewrite these without a word
  if (/[\p{Cc}\s\\]/u.test(source)) return "must have no spaces, backslashes or control characters";
  const withMarks = marked(text);
  if (withMarks === null) return reservedText;
  if (inAuthority(source)) return "must have no placeholder in its scheme, host or port";
  const url = URL.parse(withMarks);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return "must be an http or https URL";
  if (url.username !== "" || url.password !== "") return "must have no user name or password: use an authentication";
  if (url.hash !== "" || source.includes("#")) return "must have no fragment: it is never sent";
  if (countMarks(url.pathname + url.search) !== text.names.length) {
    return "must have no placeholder in its scheme, host or port";
  }
  if (splitsEscape(text.literals)) return "has a placeholder within a percent escape";
  const nested = findNested(url.search.slice(1).split("&").map(valueOfPair));
  if (nested !== null) return nested;
  return { href: url.href, names: text.names };
}

/** The URL with these values, or why there is none: a value of only dots would change the path. */
export function renderUrl(
  { href, names }: UrlTemplate,
  valueFor: (name: string) => string,
): { readonly url: string } | { readonly problem: string } {
  const url = replaceMarks(href, (index) => percentEncode(valueFor(names[index] ?? "")));
  if (URL.parse(url)?.href !== url) return { problem: "a value would change the path of the URL" };
  return { url };
}

/** A `%` or `%4` right before a placeholder would make an escape together with the value's first characters. */
export function splitsEscape(literals: readonly string[]): boolean {
  return literals.slice(0, -1).some((literal) => /%[0-9a-f]?$/i.test(literal));
}

/** What a form or query pair stands for: the part after its first `=`, decoded as far as it can be. */
export function valueOfPair(pair: string): string {
  const value = pair.slice(pair.indexOf("=") + 1).replaceAll("+", " ");
  try {
    return decodeURIComponent(value);
  } catch (error) {
    if (error instanceof URIError) return value;
    throw error;
  }
}

function inAuthority(source: string): boolean {
  const text = parseTemplateText(source);
  const shape = fillText(text, () => "\0");
  const authority = /^[^/?#]*(?:\/\/[^/?#]*)?/.exec(shape)?.[0] ?? "";
  return authority.includes("\0");
}
