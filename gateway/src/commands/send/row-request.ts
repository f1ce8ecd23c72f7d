// From a CSV row to the request that sends it. The same row of the same file with the same options always gives the
// same idempotency key; that is what makes a run safe to repeat.

import { hash } from "node:crypto";
import type { FormFields } from "../client/gateway-client.ts";
import { exitCodes, failure } from "../failure.ts";
import type { CsvRow } from "./csv-file.ts";
import { fillTemplate, parseTemplate, type Template } from "./template.ts";

/** What the options say for rows whose own column says nothing. */
export interface MessageDefaults {
  readonly from?: string;
  readonly service?: string;
  /** A template; wins over the body column. */
  readonly body?: string;
  readonly media?: readonly string[];
  readonly statusCallback?: string;
  readonly validity?: string;
  readonly sendAt?: string;
  readonly smartEncode?: boolean;
}

export interface RowPlan {
  /** Field of the row → its position. */
  readonly columns: ReadonlyMap<string, number>;
  readonly template: Template | null;
  readonly defaults: MessageDefaults;
  /** Names of columns that nothing uses. */
  readonly unused: readonly string[];
  readonly width: number;
  /** Part of every key. */
  readonly accountSid: string;
  readonly run: string;
}

export type RowRequest =
  | { readonly ok: true; readonly form: FormFields; readonly key: string; readonly body: string }
  /** The row cannot be sent as it is. */
  | { readonly ok: false; readonly problem: string };

/** Columns that mean something, by their folded name, and the form field that each becomes. */
const fields: ReadonlyMap<string, string> = new Map([
  ["to", "To"],
  ["from", "From"],
  ["messagingservicesid", "MessagingServiceSid"],
  ["body", "Body"],
  ["mediaurl", "MediaUrl"],
  ["statuscallback", "StatusCallback"],
  ["validityperiod", "ValidityPeriod"],
  ["sendat", "SendAt"],
  ["contentsid", "ContentSid"],
  ["contentvariables", "ContentVariables"],
  ["smartencoded", "SmartEncoded"],
  ["idempotencykey", "idempotency key"],
]);
/** Written by this program into files of failures; read over when such a file is sent. */
export const failureColumns = ["errorCode", "errorMessage", "idempotencyKey"] as const;
const readOver: ReadonlySet<string> = new Set(failureColumns.map(fold));
const likelyTo: ReadonlySet<string> = new Set([
  "phone",
  "phonenumber",
  "number",
  "mobile",
  "recipient",
  "msisdn",
  "tel",
  "telephone",
  "cell",
]);

/** Case, spaces, dashes and underscores do not matter in the name of a column. */
function fold(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, "");
}

export interface PlanInput {
  readonly header: readonly string[];
  readonly defaults: MessageDefaults;
  readonly accountSid: string;
  readonly run: string;
}

/** Matches a header with the options; usage failures name the column that is missing, doubled or misspelt. */
export function planRows({ header, defaults, accountSid, run }: PlanInput): RowPlan {
  const columns = new Map<string, number>();
  for (const [index, name] of header.entries()) {
    const field = fields.get(fold(name));
    if (field === undefined) continue;
    if (columns.has(field)) throw failure(exitCodes.usage, `line 1: there are two columns named "${name}".`);
    columns.set(field, index);
  }
  if (!columns.has("To")) throw failure(exitCodes.usage, missingTo(header));
  const byName = (name: string): number => header.findIndex((other) => fold(other) === fold(name));
  const parsed = defaults.body === undefined ? null : parseTemplate(defaults.body, byName);
  if (parsed !== null && !parsed.ok) {
    throw failure(
      exitCodes.usage,
      `--body names {{${parsed.unknownColumn}}}, but the file has no such column. It has: ${header.join(", ")}`,
    );
  }
  const inTemplate = parsed?.columns ?? new Set<number>();
  const unused = header.filter(
    (name, index) => !fields.has(fold(name)) && !readOver.has(fold(name)) && !inTemplate.has(index),
  );
  return { columns, template: parsed?.template ?? null, defaults, unused, width: header.length, accountSid, run };
}

function missingTo(header: readonly string[]): string {
  const guess = header.find((name) => likelyTo.has(fold(name)));
  const hint = guess === undefined ? "" : ` Rename "${guess}" to "to"?`;
  return `line 1: there is no column named "to". The columns are: ${header.join(", ")}.${hint}`;
}

/** The request for one row, or why there is none. */
export function requestOf(plan: RowPlan, row: CsvRow): RowRequest {
  if (row.values.length > plan.width)
    return { ok: false, problem: `${row.values.length} fields where the header has ${plan.width}` };
  if (row.values.some((value) => value.includes("\ufffd"))) {
    return { ok: false, problem: 'not valid UTF-8; save the file as "CSV UTF-8"' };
  }
  const value = (field: string): string => row.values[plan.columns.get(field) ?? -1]?.trim() ?? "";
  if (value("To") === "") return { ok: false, problem: '"to" is empty' };
  const form = formOf(plan, row, value);
  const body = form.find(([name]) => name === "Body")?.[1] ?? "";
  const key = value("idempotency key") || keyOf(plan, row.number, form);
  return { ok: true, form, key, body };
}

function formOf({ columns, template, defaults }: RowPlan, row: CsvRow, value: (field: string) => string): FormFields {
  const body = template === null ? (row.values[columns.get("Body") ?? -1] ?? "") : fillTemplate(template, row.values);
  const media = value("MediaUrl") === "" ? (defaults.media ?? []) : value("MediaUrl").split(/\s+/);
  const sendAt = value("SendAt") || (defaults.sendAt ?? "");
  const smartEncoded = value("SmartEncoded") || (defaults.smartEncode === true ? "true" : "");
  const form: (readonly [string, string])[] = [
    ["To", value("To")],
    ["From", value("From") || (defaults.from ?? "")],
    ["MessagingServiceSid", value("MessagingServiceSid") || (defaults.service ?? "")],
    ["Body", body],
    ...media.map((url) => ["MediaUrl", url] as const),
    ["StatusCallback", value("StatusCallback") || (defaults.statusCallback ?? "")],
    ["ValidityPeriod", value("ValidityPeriod") || (defaults.validity ?? "")],
    ["SendAt", sendAt],
    ["ScheduleType", sendAt === "" ? "" : "fixed"],
    ["ContentSid", value("ContentSid")],
    ["ContentVariables", value("ContentVariables")],
    ["SmartEncoded", smartEncoded],
  ];
  return form.filter(([, text]) => text !== "");
}

/** The message and its place in the file: two equal rows are two messages, and the same file again is the same messages. */
function keyOf({ accountSid, run }: RowPlan, rowNumber: number, form: FormFields): string {
  return `csv-${hash("sha256", JSON.stringify([1, accountSid, run, rowNumber, form]), "base64url").slice(0, 28)}`;
}
