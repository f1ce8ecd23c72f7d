// What comes in for a search of the event log: of a body (`{"search": {…}}`) or of a query (`?search.message=…` or
// `?message=…`), in one form.

import type { EventLogSearch } from "../../../store/event-log.ts";
import { invalidJson, refuse } from "../errors.ts";
import { instants, readFields } from "../fields.ts";
import { isJsonObject, type JsonObject } from "../json/parse.ts";

const known = ["accurateTotal", "end", "message", "numberOfResults", "orderBy", "start", "startRow", "type"];
const types = { Information: "information", Debug: "debug", Error: "error" } as const;
const columns = { insertInstant: "id", id: "id", type: "type", message: "message" } as const;
const resultsMax = 1000;
const rowMax = 10_000_000;
const defaultResults = 25;

/** Throws the 400 with all that cannot be converted. */
export function readSearch(request: JsonObject): EventLogSearch {
  const given = request["search"] ?? {};
  if (!isJsonObject(given)) {
    throw refuse(invalidJson("search", "Possible conversion error", "expected an object", "search"));
  }
  const fields = readFields(given, "search", known);
  fields.flag("accurateTotal");
  const type = fields.text("type");
  if (type !== undefined && !Object.hasOwn(types, type)) {
    fields.refuse("type", `expected one of [${Object.keys(types).join(", ")}]`);
  }
  const [column = "insertInstant", direction = "DESC"] = (fields.text("orderBy") ?? "").split(/[\s,]+/).filter(Boolean);
  if (!Object.hasOwn(columns, column) || !/^(?:asc|desc)$/i.test(direction)) {
    fields.refuse("orderBy", `expected one of [${Object.keys(columns).join(", ")}] and ASC or DESC`);
  }
  const [start, end] = [fields.integer("start", instants), fields.integer("end", instants)];
  const message = fields.text("message") ?? "";
  const search: EventLogSearch = {
    contains: message.replaceAll("\0", "").toWellFormed().split("*").filter(Boolean),
    type: types[type as keyof typeof types] ?? null,
    from: start === undefined ? null : new Date(start),
    until: end === undefined ? null : new Date(end),
    orderBy: columns[column as keyof typeof columns] ?? "id",
    descending: !/^asc$/i.test(direction),
    limit: Math.min(fields.integer("numberOfResults", { min: 0, max: rowMax }) ?? defaultResults, resultsMax),
    offset: fields.integer("startRow", { min: 0, max: rowMax }) ?? 0,
  };
  if (fields.errors.length > 0) throw refuse(...fields.errors);
  return search;
}

const numeric = ["start", "end", "numberOfResults", "startRow"];

/** The same search, of a query. */
export function searchInQuery(query: URLSearchParams): JsonObject {
  const search: [string, string | number][] = [];
  for (const name of known) {
    const value = query.get(`search.${name}`) ?? query.get(name);
    if (value === null || value === "") continue;
    search.push([name, numeric.includes(name) && /^-?\d{1,16}$/.test(value) ? Number(value) : value]);
  }
  return { search: Object.fromEntries(search) };
}
