// The first reading of a file: nothing is sent before all of it has been found readable. Counts what there is to do.

import { countSegments } from "../../core/segments/count.ts";
import type { CsvRow } from "./csv-file.ts";
import type { Journal } from "./journal.ts";
import { type RowPlan, requestOf } from "./row-request.ts";

export interface Inspection {
  readonly rows: number;
  /** Rows that the journal knows. */
  readonly alreadySent: number;
  /** Rows that cannot be sent as they are. */
  readonly invalid: number;
  /** For a person: what a run would do. */
  describe(): string;
}

const SHOWN_PROBLEMS = 20;

export async function inspectRows(rows: AsyncIterable<CsvRow>, plan: RowPlan, journal: Journal): Promise<Inspection> {
  const counts = { rows: 0, alreadySent: 0, invalid: 0, gsm: 0, ucs2: 0, segments: 0 };
  const problems: string[] = [];
  for await (const row of rows) {
    counts.rows++;
    const request = requestOf(plan, row);
    if (!request.ok) {
      counts.invalid++;
      if (problems.length < SHOWN_PROBLEMS) problems.push(`  line ${row.line}: ${request.problem}`);
    } else if (journal.has(request.key)) counts.alreadySent++;
    else {
      const { encoding, segments } = countSegments(request.body);
      counts.segments += segments;
      if (encoding === "GSM-7") counts.gsm++;
      else counts.ucs2++;
    }
  }
  const { rows: total, alreadySent, invalid } = counts;
  return { rows: total, alreadySent, invalid, describe: () => describe(counts, problems) };
}

function describe(
  counts: { rows: number; alreadySent: number; invalid: number; gsm: number; ucs2: number; segments: number },
  problems: readonly string[],
): string {
  const lines = [
    `${counts.rows} rows; nothing is sent (--dry-run).`,
    `  to send        ${counts.gsm + counts.ucs2}   ${counts.segments} segments as written; ${counts.gsm} texts in GSM-7, ${counts.ucs2} in UCS-2`,
    `  skipped        ${counts.alreadySent}   accepted by an earlier run, says the journal`,
    `  not sendable   ${counts.invalid}`,
    ...problems,
  ];
  if (counts.invalid > problems.length) lines.push(`  and ${counts.invalid - problems.length} more`);
  return `${lines.join("\n")}\n`;
}
