// What a soak's samples say: does anything grow without end? No absolute times: machines differ. The first third warms up;
// the last is measured against the middle one.

import type { PageSample } from "./page-watch.ts";

export interface SoakSample extends PageSample {
  readonly second: number;
  /** Messages taken since the sample before. */
  readonly accepted: number;
  /** Resident memory of the gateway. */
  readonly rssMb: number;
  /** What the page says about events that were left out; null: nothing. */
  readonly left: string | null;
}

interface Bound {
  readonly what: keyof SoakSample & ("heapMb" | "rssMb" | "nodes" | "listeners" | "longestFrameMs");
  readonly factor: number;
  /** What may come on top, so that small figures may tremble. */
  readonly slack: number;
}

const bounds: readonly Bound[] = [
  { what: "heapMb", factor: 1.5, slack: 10 },
  { what: "rssMb", factor: 1.3, slack: 60 },
  { what: "nodes", factor: 1.5, slack: 2_000 },
  { what: "listeners", factor: 1.5, slack: 300 },
  { what: "longestFrameMs", factor: 3, slack: 500 },
];

/** Problems in words; none: it held. */
export function judge(samples: readonly SoakSample[]): string[] {
  const third = Math.floor(samples.length / 3);
  const middle = samples.slice(third, 2 * third);
  const last = samples.slice(-third);
  const problems = bounds.flatMap(({ what, factor, slack }) => {
    const [before, after] = [medianOf(middle, what), medianOf(last, what)];
    return after > before * factor + slack ? [`${what} grows: ${before} in the middle, ${after} at the end`] : [];
  });
  if (samples.some(({ frames }) => frames === 0)) problems.push("the page stood still for a whole sample");
  return problems;
}

function medianOf(samples: readonly SoakSample[], what: Bound["what"]): number {
  const values = samples.map((sample) => sample[what]).sort((one, other) => one - other);
  return values[Math.floor(values.length / 2)] ?? 0;
}
