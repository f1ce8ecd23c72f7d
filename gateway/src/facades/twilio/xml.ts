// The XML form of v2010 answers, for requests whose path has no `.json`: element names are the CamelCase of the JSON
// keys, nulls are empty elements. The JSON presentation is the source; nothing is shaped here.

export type JsonValue = string | number | boolean | null | JsonObject | readonly JsonValue[];
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};

function escapeXml(text: string): string {
  // XML 1.0 has no way to write most control characters and lone surrogates: the replacement character stands for them.
  return (
    text
      .replace(/[&<>"\r]/g, (character) => escapes[character] ?? character)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the characters to replace
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
      .toWellFormed()
  );
}

/** `messaging_service_sid` → `MessagingServiceSid`. */
export function camelCase(key: string): string {
  return key.replace(/(^|_)([a-z])/g, (_match, _separator, letter: string) => letter.toUpperCase());
}

/** `<Name>text</Name>`, escaped; null is an empty element. */
export function xmlElement(name: string, value: string | number | boolean | null): string {
  return value === null || value === "" ? `<${name}/>` : `<${name}>${escapeXml(String(value))}</${name}>`;
}

/** A whole document around the given elements. */
export function xmlDocument(elements: string): string {
  return `<?xml version='1.0' encoding='UTF-8'?><TwilioResponse>${elements}</TwilioResponse>`;
}

/** One resource: `xmlResource("Message", {...})`. */
export function xmlResource(name: string, resource: JsonObject): string {
  const children = Object.entries(resource).map(([key, value]) => xmlValue(camelCase(key), value));
  return `<${name}>${children.join("")}</${name}>`;
}

function xmlValue(name: string, value: JsonValue): string {
  if (value === null || typeof value !== "object") return xmlElement(name, value);
  if (Array.isArray(value)) return `<${name}>${value.map((item) => xmlValue("Item", item)).join("")}</${name}>`;
  return xmlResource(name, value as JsonObject);
}

/** A list: the paging envelope as attributes without underscores, one element per item. */
export function xmlList(name: string, itemName: string, envelope: JsonObject, items: readonly JsonObject[]): string {
  const attributes = Object.entries(envelope)
    .map(([key, value]) => ` ${key.replaceAll("_", "")}="${escapeXml(value === null ? "" : String(value))}"`)
    .join("");
  return `<${name}${attributes}>${items.map((item) => xmlResource(itemName, item)).join("")}</${name}>`;
}
