// A CSV file of consents as it is read: one row at a time, each checked by itself. Nothing is stored here, and no more than
// one row is held.

import { pipeline, type Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { parsePhoneNumber } from "../../core/addresses/phone-number.ts";
import { parseSender } from "../../core/addresses/sender.ts";
import { type ConsentSource, type ConsentStatus, consentSources, consentStatuses } from "../../core/consent/consent.ts";
import { readConsentDate } from "../../core/consent/consent-date.ts";
import { GatewayError, toError } from "../../core/errors.ts";
import type { ConsentWord } from "../../store/consents.ts";

export interface RowProblem {
  /** Of the file, from 1: where the row ends. */
  readonly line: number;
  /** A column. */
  readonly field: string;
  readonly message: string;
}

export interface ImportRow {
  readonly line: number;
  /** Null: it has problems. */
  readonly word: ConsentWord | null;
  readonly problems: readonly RowProblem[];
}

export interface ImportFile {
  /** Columns that mean nothing here. Known once the first row has come. */
  readonly ignoredColumns: () => readonly string[];
  readonly rows: AsyncIterable<ImportRow>;
}

export interface ImportFileOptions {
  readonly nowMs: number;
  /** For rows that give no date; null: those are wrong. */
  readonly consentedAt: Date | null;
}

const columns = ["contact", "sender", "status", "source", "consented_at"] as const;
type Column = (typeof columns)[number];
const needed: readonly Column[] = ["contact", "sender", "status"];
/** A quote that is never closed would make the rest of the file one row. */
const rowCharactersMax = 16_384;

/**
 * Reads a file (UTF-8, a header, commas or semicolons). Iterating rejects with `invalid-parameter` when the header lacks a
 * column or the file is no CSV from some line on.
 */
export function readImportFile(source: Readable, options: ImportFileOptions): ImportFile {
  let ignored: readonly string[] = [];
  const parser = parse({
    bom: true,
    delimiter: [",", ";"],
    info: true,
    max_record_size: rowCharactersMax,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    columns: (header: string[]) => {
      const names = header.map((name) => name.toLowerCase());
      checkHeader(names);
      ignored = names.filter((name) => !isColumn(name));
      return names.map((name) => (isColumn(name) ? name : false));
    },
  });
  // What goes wrong with the source is thrown by the parser, too.
  pipeline(source, parser, () => undefined);
  return { ignoredColumns: () => ignored, rows: checkedRows(parser, options) };
}

interface ParsedRow {
  readonly record: Readonly<Partial<Record<Column, string>>>;
  readonly info: { readonly lines: number };
}

async function* checkedRows(parser: AsyncIterable<ParsedRow>, options: ImportFileOptions): AsyncGenerator<ImportRow> {
  let empty = true;
  try {
    for await (const { record, info } of parser) {
      empty = false;
      yield checkRow(record, info.lines, options);
    }
  } catch (thrown) {
    if (thrown instanceof CsvError) {
      throw new GatewayError("invalid-parameter", `This is no CSV: ${thrown.message}`, { cause: thrown });
    }
    throw toError(thrown);
  }
  if (empty) throw new GatewayError("invalid-parameter", "The file has no rows below a line that names the columns.");
}

function isColumn(name: string): name is Column {
  return columns.some((column) => column === name);
}

function checkHeader(names: readonly string[]): void {
  const missing = needed.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw new GatewayError(
      "invalid-parameter",
      `The first line must name the columns; it lacks ${missing.join(", ")}. Known columns: ${columns.join(", ")}.`,
    );
  }
  const twice = columns.find((column) => names.indexOf(column) !== names.lastIndexOf(column));
  if (twice !== undefined) throw new GatewayError("invalid-parameter", `The first line names ${twice} twice.`);
}

function checkRow(record: ParsedRow["record"], line: number, options: ImportFileOptions): ImportRow {
  const problems: RowProblem[] = [];
  const wrong = (field: Column, message: string): null => {
    problems.push({ line, field, message });
    return null;
  };
  const contact =
    parsePhoneNumber(plain(record.contact))?.e164 ??
    wrong("contact", "must be a phone number in E.164 form: + and digits");
  const sender =
    readSender(plain(record.sender)) ??
    wrong("sender", "must be a phone number, a short code, an alphanumeric id or the SID of a messaging service");
  const status =
    readChoice<ConsentStatus>(record.status, consentStatuses) ?? wrong("status", "must be opt-in or opt-out");
  const source =
    readChoice<ConsentSource>(record.source || "others", consentSources) ??
    wrong("source", `must be one of ${consentSources.join(", ")}, or empty`);
  const consentedAt = readDate(record.consented_at, options) ?? wrong("consented_at", dateMessage(record.consented_at));
  if (contact === null || sender === null || status === null || source === null || consentedAt === null) {
    return { line, word: null, problems };
  }
  return { line, word: { contact, sender, status, source, consentedAt }, problems };
}

/** Without the apostrophe that keeps spreadsheets from taking a text for a formula. */
function plain(text = ""): string {
  return /^'[=+\-@]/.test(text) ? text.slice(1) : text;
}

/** The address that consents towards a sender are kept under; null: it is none. */
export function readSender(text: string): string | null {
  const sender = parseSender(text);
  return sender === null || sender.kind === "channel" ? null : sender.address;
}

function readChoice<Choice extends string>(text: string | undefined, choices: readonly Choice[]): Choice | null {
  const wanted = (text ?? "").toLowerCase();
  return choices.find((choice) => choice === wanted) ?? null;
}

function readDate(text: string | undefined, { nowMs, consentedAt }: ImportFileOptions): Date | null {
  return text === undefined || text === "" ? consentedAt : readConsentDate(text, nowMs);
}

function dateMessage(text: string | undefined): string {
  if (text === undefined || text === "") {
    return "is needed, since an older word never replaces a newer one; or give consentedAt for all rows without one";
  }
  return "must be a time in the past, such as 2026-01-31T09:00:00Z";
}
