// Bodies with placeholders: form, JSON, XML or plain text, by their content type. A value stands where a value stands, is
// escaped for it, and can change nothing around it; other content types are refused, since nothing is known about them.

import { parseXml, type XmlElement } from "../../twiml/xml-tree.ts";
import { escapeJson, escapeXml, percentEncode } from "./escape.ts";
import { findNested } from "./nested.ts";
import {
  brokenPlaceholder,
  countMarks,
  fillText,
  hasBrokenPlaceholder,
  marked,
  parseTemplateText,
  reservedText,
  type TemplateText,
} from "./placeholders.ts";
import { splitsEscape, valueOfPair } from "./url.ts";

type BodyForm = "form" | "json" | "xml" | "text";

export interface BodyTemplate {
  readonly form: BodyForm;
  readonly text: TemplateText;
  /** What to send as Content-Type when the template names none. */
  readonly contentType: string;
}

/** The template, or what is wrong with it. `contentType`: the template's own header; null: told from the body. */
export function compileBody(source: string, contentType: string | null): BodyTemplate | string {
  const text = parseTemplateText(source);
  if (hasBrokenPlaceholder(text)) return brokenPlaceholder;
  const withMarks = marked(text);
  if (withMarks === null) return reservedText;
  const form = formOf(contentType, source);
  if (form === null) return "needs a content type of form, JSON, XML or plain text, in UTF-8";
  const problem = checks[form](withMarks, text);
  return problem ?? { form, text, contentType: contentType ?? contentTypes[form] };
}

export function renderBody({ form, text }: BodyTemplate, valueFor: (name: string) => string): string {
  const escaped = escapes[form];
  return fillText(text, (index) => escaped(valueFor(text.names[index] ?? "")));
}

const contentTypes: Readonly<Record<BodyForm, string>> = {
  form: "application/x-www-form-urlencoded",
  json: "application/json",
  xml: "application/xml",
  text: "text/plain; charset=utf-8",
};

const escapes: Readonly<Record<BodyForm, (value: string) => string>> = {
  form: percentEncode,
  json: escapeJson,
  xml: escapeXml,
  text: (value) => value.toWellFormed(),
};

const checks: Readonly<Record<BodyForm, (withMarks: string, text: TemplateText) => string | null>> = {
  form: checkForm,
  json: checkJson,
  xml: checkXml,
  text: () => null,
};

function formOf(contentType: string | null, source: string): BodyForm | null {
  if (contentType === null) return /^\s*[{[]/.test(source) ? "json" : "form";
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  const charset = parameters.find((parameter) => parameter.trim().startsWith("charset"));
  if (charset !== undefined && !/^\s*charset\s*=\s*"?utf-?8"?\s*$/.test(charset)) return null;
  const name = type.trim();
  if (name === "application/x-www-form-urlencoded") return "form";
  if (name === "application/json" || name.endsWith("+json")) return "json";
  if (name === "application/xml" || name === "text/xml" || name.endsWith("+xml")) return "xml";
  return name === "text/plain" ? "text" : null;
}

function checkForm(withMarks: string, { literals }: TemplateText): string | null {
  if (splitsEscape(literals)) return "has a placeholder within a percent escape";
  return findNested(withMarks.split("&").map(valueOfPair));
}

function checkJson(withMarks: string): string | null {
  let document: unknown;
  try {
    document = JSON.parse(withMarks);
  } catch (error) {
    if (error instanceof SyntaxError) return "must be JSON, with each placeholder inside a quoted string";
    throw error;
  }
  const { keys, strings } = textsOf(document);
  if (keys.some((key) => countMarks(key) > 0)) return "must have no placeholder in the name of a JSON member";
  return findNested(strings);
}

function textsOf(value: unknown): { readonly keys: readonly string[]; readonly strings: readonly string[] } {
  if (typeof value === "string") return { keys: [], strings: [value] };
  if (typeof value !== "object" || value === null) return { keys: [], strings: [] };
  const inner = Object.values(value).map(textsOf);
  return {
    keys: [...(Array.isArray(value) ? [] : Object.keys(value)), ...inner.flatMap(({ keys }) => keys)],
    strings: inner.flatMap(({ strings }) => strings),
  };
}

function checkXml(withMarks: string, { names }: TemplateText): string | null {
  const parsed = parseXml(withMarks);
  if (!parsed.ok) return `must be well-formed XML (${parsed.reason})`;
  if ([...withMarks.matchAll(/<!\[CDATA\[[\s\S]*?\]\]>/g)].some(([section]) => countMarks(section) > 0)) {
    return "must have no placeholder in CDATA: values are escaped without it";
  }
  const texts = xmlTexts(parsed.root);
  if (countMarks(texts.join("\n")) !== names.length) return "may have placeholders only in text and attribute values";
  return findNested(texts);
}

function xmlTexts({ attributes, children }: XmlElement): string[] {
  return [
    ...Object.values(attributes),
    ...children.flatMap((child) => (typeof child === "string" ? [child] : xmlTexts(child))),
  ];
}
