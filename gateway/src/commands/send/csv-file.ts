// Reads a CSV file of any size, row by row. Knows CSV (header, delimiter, quotes, encoding, line numbers) and nothing
// about messages.

import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { CsvError, type Parser, parse } from "csv-parse";
import { exitCodes, failure } from "../failure.ts";

export interface CsvFile {
  readonly path: string;
  readonly delimiter: string;
  /** Names as written in the first row, trimmed. */
  readonly header: readonly string[];
}

export interface CsvRow {
  /** 1 is the first row below the header; empty lines do not count. */
  readonly number: number;
  /** The line in the file on which the row begins; the header is on line 1. */
  readonly line: number;
  readonly values: readonly string[];
}

const SNIFF_BYTES = 64 * 1024;

/** Opens a file and reads its header. Usage failures say what is wrong and on which line. */
export async function openCsv(path: string, delimiter?: string): Promise<CsvFile> {
  const start = await readStart(path);
  if (
    start.length >= 2 &&
    (start.readUInt16BE(0) === 0xfffe || start.readUInt16BE(0) === 0xfeff || start[0] === 0 || start[1] === 0)
  ) {
    throw failure(exitCodes.usage, `${path} is UTF-16. Save it as "CSV UTF-8".`);
  }
  const separator = delimiter ?? sniffDelimiter(start.toString("utf8"));
  for await (const { record } of records(path, separator)) {
    return { path, delimiter: separator, header: record.map((name) => name.trim()) };
  }
  throw failure(
    exitCodes.usage,
    `${path} is empty: it needs a first row with the names of the columns, one of them "to".`,
  );
}

/** The rows below the header, as they are read: only a few are in memory at a time. */
export async function* readRows({ path, delimiter }: CsvFile): AsyncGenerator<CsvRow, void, undefined> {
  let number = -1;
  for await (const { record, line } of records(path, delimiter)) {
    number++;
    if (number > 0) yield { number, line, values: record };
  }
}

interface ParsedRecord {
  readonly record: readonly string[];
  /** On which it begins. */
  readonly line: number;
}

async function* records(path: string, delimiter: string): AsyncGenerator<ParsedRecord, void, undefined> {
  const lines = createLineCounter();
  // Of the records that were parsed and not yet yielded.
  const starts: number[] = [];
  const input = createReadStream(path);
  const parser: Parser = parse({
    bom: true,
    delimiter,
    relax_column_count: true,
    skip_empty_lines: true,
    // A row of this size is an unclosed quote that swallowed the rest of the file.
    max_record_size: 1024 * 1024,
    // Also mixed, as files are that went through several hands.
    record_delimiter: ["\r\n", "\n", "\r"],
    on_record(record: string[], context) {
      starts.push(lines.begin(record, context.lines));
      return record;
    },
  });
  input.on("error", (error) => parser.destroy(error));
  input.pipe(parser);
  try {
    for await (const record of parser as AsyncIterable<string[]>) yield { record, line: starts.shift() ?? 0 };
  } catch (thrown) {
    throw describeError(thrown, path, lines.last() + 1);
  } finally {
    input.destroy();
    parser.destroy();
  }
}

/** The parser counts lines to the end of a record, and a CR LF inside quotes as two of them. */
function createLineCounter(): { begin(record: readonly string[], countedLines: number): number; last(): number } {
  let surplus = 0;
  let last = 0;
  return {
    begin(record, countedLines) {
      let breaks = 0;
      for (const value of record) {
        for (const [found] of value.matchAll(/\r\n|\n|\r/g)) {
          breaks++;
          if (found.length === 2) surplus++;
        }
      }
      last = countedLines - surplus;
      return last - breaks;
    },
    last: () => last,
  };
}

const quoteProblems: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a field begins with a quote (") that is not closed before the end of the file',
  CSV_MAX_RECORD_SIZE: 'a row is longer than 1 MB; most likely a field begins with a quote (") that is not closed',
  CSV_INVALID_CLOSING_QUOTE:
    'a quote (") is followed by something else than the end of the field; inside a quoted field write ""',
  INVALID_OPENING_QUOTE:
    'a quote (") stands inside a field that does not begin with one; quote the whole field, and write "" for it',
};

/** `line` is where the row begins that could not be read. */
function describeError(thrown: unknown, path: string, line: number): unknown {
  if (thrown instanceof CsvError) {
    return failure(exitCodes.usage, `${path}, line ${line}: ${quoteProblems[thrown.code] ?? thrown.message}.`);
  }
  return thrown instanceof Error && "code" in thrown
    ? failure(exitCodes.usage, `${path} cannot be read: ${thrown.message}`)
    : thrown;
}

async function readStart(path: string): Promise<Buffer> {
  try {
    await using file = await open(path, "r");
    if (!(await file.stat()).isFile())
      throw failure(exitCodes.usage, `${path} is not a file. Rows must come from one, so that it can be read again.`);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown) {
      throw failure(
        exitCodes.usage,
        `${path} cannot be read: ${thrown.code === "ENOENT" ? "there is no such file" : thrown.message}`,
      );
    }
    throw thrown;
  }
}

/** The separator that the header uses most, outside quotes. Spreadsheets in many countries write semicolons. */
function sniffDelimiter(text: string): string {
  const header = (/^[^\r\n]*/.exec(text)?.[0] ?? "").replace(/"[^"]*"/g, "");
  const counts = [",", ";", "\t"].map((candidate) => ({ candidate, count: header.split(candidate).length }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).candidate;
}

/** One CSV line with its end. Values are quoted where they have to be. */
export function formatCsvLine(values: readonly string[], delimiter: string): string {
  return `${values.map((value) => (needsQuotes(value, delimiter) ? `"${value.replaceAll('"', '""')}"` : value)).join(delimiter)}\n`;
}

function needsQuotes(value: string, delimiter: string): boolean {
  return /["\r\n]|^\s|\s$/.test(value) || value.includes(delimiter);
}
