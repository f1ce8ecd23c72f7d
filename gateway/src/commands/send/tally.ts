// What became of the rows of a file: counted while it runs, told at the end, for people and for scripts.

export interface Tally {
  /** Rows in the file. */
  rows: number;
  /** Accepted now. */
  accepted: number;
  /** Accepted before, says the gateway; it has not sent them again. */
  replayed: number;
  /** Accepted before, says the journal; not asked again. */
  skipped: number;
  failed: number;
  /** Of the messages accepted now. */
  segments: number;
  readonly failures: Map<string, { count: number; message: string }>;
  durationMs: number;
}

export function createTally(): Tally {
  return { rows: 0, accepted: 0, replayed: 0, skipped: 0, failed: 0, segments: 0, failures: new Map(), durationMs: 0 };
}

export function countFailure(tally: Tally, code: string, message: string): void {
  tally.failed++;
  const known = tally.failures.get(code);
  if (known === undefined) tally.failures.set(code, { count: 1, message });
  else known.count++;
}

/** Rows that were not looked at, or whose outcome is not known. */
export function rowsLeft(tally: Tally): number {
  return tally.rows - tally.accepted - tally.replayed - tally.skipped - tally.failed;
}

function ratePerSecond(tally: Tally): number {
  return Math.round(((tally.accepted + tally.replayed + tally.failed) * 1000) / Math.max(1, tally.durationMs));
}

/** Several lines for a person. */
export function describeTally(tally: Tally): string {
  const lines = [
    `${count(tally.rows)} rows in ${(tally.durationMs / 1000).toFixed(1)} s (${count(ratePerSecond(tally))}/s)`,
    entry("accepted", tally.accepted, `${count(tally.segments)} segments`),
  ];
  if (tally.replayed > 0)
    lines.push(entry("replayed", tally.replayed, "the gateway had them already and did not send them again"));
  if (tally.skipped > 0) lines.push(entry("skipped", tally.skipped, "accepted by an earlier run, says the journal"));
  lines.push(entry("failed", tally.failed, ""));
  for (const [code, { count: rows, message }] of [...tally.failures].sort(([, a], [, b]) => b.count - a.count)) {
    lines.push(`    ${code.padEnd(12)} ${count(rows).padStart(9)}   ${message}`);
  }
  if (rowsLeft(tally) > 0) lines.push(entry("left", rowsLeft(tally), "not sent"));
  return `${lines.join("\n")}\n`;
}

/** One JSON object. */
export function presentTally(
  tally: Tally,
  files: { readonly journal: string; readonly failures: string | null },
): object {
  const { failures, ...counts } = tally;
  return {
    ...counts,
    durationMs: Math.round(tally.durationMs),
    left: rowsLeft(tally),
    ratePerSecond: ratePerSecond(tally),
    failedByCode: Object.fromEntries([...failures].map(([code, { count: rows }]) => [code, rows])),
    journalFile: files.journal,
    failuresFile: files.failures,
  };
}

function entry(name: string, rows: number, remark: string): string {
  return `  ${name.padEnd(14)} ${count(rows).padStart(9)}${remark === "" ? "" : `   ${remark}`}`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
