// The CSV form of lists: a header of CamelCase names, one line per item (RFC 4180).

import { camelCase, type JsonObject, type JsonValue } from "./xml.ts";

/** `columns`: the keys of the items, in order. */
export function presentCsv(columns: readonly string[], items: readonly JsonObject[]): string {
  const lines = items.map((item) => columns.map((column) => cell(item[column] ?? null)).join(","));
  return [columns.map(camelCase).join(","), ...lines, ""].join("\r\n");
}

function cell(value: JsonValue): string {
  if (value === null) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
