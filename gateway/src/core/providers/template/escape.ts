// Values made safe for where they stand in a request. What is returned can end nothing that it stands in.

/** For a path segment, a query component and a form value: everything but RFC 3986's unreserved characters. */
export function percentEncode(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** For the inside of a JSON string. */
export function escapeJson(value: string): string {
  return JSON.stringify(value.toWellFormed()).slice(1, -1);
}

const xmlEscapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** For XML text and quoted attribute values. Characters that XML has no way to write (XML 1.0, section 2.2) are left out. */
export function escapeXml(value: string): string {
  return (
    value
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones meant
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "")
      .replace(/[&<>"'\t\n\r]/g, (character) => xmlEscapes[character] ?? "")
  );
}

/**
 * The bytes of a header value, UTF-8, one character each, as an HTTP client wants them; null: a line break or another
 * control character, which no header value may have.
 */
export function headerBytes(value: string): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones meant
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(value)) return null;
  return Buffer.from(value, "utf8").toString("latin1");
}
