// The file of failures: the rows that were not accepted, as they were, with the reason and their idempotency key. It is
// a CSV file that `trunkline send --csv` takes again, and no row in it can be sent twice.

import { type FileHandle, open, rename } from "node:fs/promises";
import { exitCodes, failure } from "../failure.ts";
import { type CsvFile, type CsvRow, formatCsvLine } from "./csv-file.ts";
import { failureColumns } from "./row-request.ts";

export interface FailuresFile {
  readonly path: string;
  /** Rows written. */
  readonly count: number;
  write(row: CsvRow, reason: { readonly code: string; readonly message: string; readonly key: string }): Promise<void>;
  close(): Promise<void>;
}

/** No failure, no file. One of an earlier run, which somebody may have edited, becomes `….previous`. */
export async function createFailuresFile(path: string, source: CsvFile): Promise<FailuresFile> {
  const kept = source.header.flatMap((name, index) => (isReason(name) ? [] : [index]));
  let file: FileHandle | null = null;
  let count = 0;
  let last: Promise<void> = Promise.resolve();
  await setAside(path);

  async function append(line: string): Promise<void> {
    try {
      if (file === null) {
        file = await open(path, "w");
        // With a byte order mark, spreadsheets read it as UTF-8.
        await file.appendFile(
          `\ufeff${formatCsvLine([...kept.map((index) => source.header[index] ?? ""), ...failureColumns], source.delimiter)}`,
        );
      }
      await file.appendFile(line);
    } catch (thrown) {
      throw failure(
        exitCodes.usage,
        `${path} cannot be written: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      );
    }
  }

  return {
    path,
    get count() {
      return count;
    },
    write(row, { code, message, key }) {
      count++;
      const values = [...kept.map((index) => row.values[index] ?? ""), code, message, key];
      last = last.then(() => append(formatCsvLine(values, source.delimiter)));
      return last;
    },
    async close() {
      await last;
      await file?.close();
    },
  };
}

function isReason(name: string): boolean {
  return failureColumns.some((column) => column.toLowerCase() === name.toLowerCase());
}

async function setAside(path: string): Promise<void> {
  try {
    await rename(path, `${path}.previous`);
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return;
    throw failure(
      exitCodes.usage,
      `${path} cannot be replaced: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
}
