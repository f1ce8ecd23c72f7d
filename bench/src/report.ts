// How results are told: one table for people, the same as JSON for programs.

export interface Measure {
  /** Such as `accept, all roles`. */
  readonly name: string;
  readonly value: number;
  readonly unit: "/s" | "ms" | "MB" | "x";
  readonly detail: string;
  readonly goal?: { readonly comparison: ">=" | "<="; readonly value: number };
}

export type Verdict = "PASS" | "short of" | "";

export function verdictOf({ value, goal }: Measure): Verdict {
  if (goal === undefined) return "";
  return (goal.comparison === ">=" ? value >= goal.value : value <= goal.value) ? "PASS" : "short of";
}

/** A table of fixed-width text. */
export function presentTable(measures: readonly Measure[]): string {
  const rows = measures.map((measure) => [
    measure.name,
    presentNumber(measure.value, measure.unit),
    measure.goal === undefined ? "" : `${measure.goal.comparison} ${presentNumber(measure.goal.value, measure.unit)}`,
    verdictOf(measure),
    measure.detail,
  ]);
  const header = ["measure", "result", "goal", "", "detail"];
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(header), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

function presentNumber(value: number, unit: Measure["unit"]): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const text = value.toFixed(digits).replace(/\B(?=(\d{3})+$)/g, ",");
  return unit === "x" ? `${text} x` : unit === "/s" ? `${text}${unit}` : `${text} ${unit}`;
}
