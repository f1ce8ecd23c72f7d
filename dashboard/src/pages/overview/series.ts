// From the buckets of the statistics to the lines of the charts and the figures beside them.

import type { Statistics } from "../../api/generated/api.d.ts";
import { fill } from "../../texts/fill.ts";
import { overview as t } from "../../texts/overview.ts";
import { formatNumber, formatRounded } from "../../ui/format.ts";

type Counts = Statistics["totals"]["outbound"];

export interface Totals {
  readonly outbound: number;
  readonly inbound: number;
  readonly delivered: number;
  /** Reached an end, good or bad. */
  readonly finished: number;
  readonly failed: number;
}

const delivered = ["delivered", "read"] as const;
const failed = ["failed", "undelivered"] as const;
const sent = ["sent"] as const;

function sumOf(counts: Counts, statuses: readonly string[]): number {
  return statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
}

function all(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + (count ?? 0), 0);
}

export function totalsOf({ totals }: Statistics): Totals {
  const good = sumOf(totals.outbound, delivered);
  const bad = sumOf(totals.outbound, failed);
  return {
    outbound: all(totals.outbound),
    inbound: totals.inbound,
    delivered: good,
    failed: bad,
    finished: good + bad,
  };
}

/** Was some of it sampled, and not counted? */
export function isEstimated({ buckets }: Statistics): boolean {
  return buckets.some(({ estimated }) => estimated);
}

export type CountFormat = (count: number) => string;

/** An estimate is rounded to what is known of it, and says what it is. */
export function countFormat(statistics: Statistics): CountFormat {
  if (!isEstimated(statistics)) return formatNumber;
  return (count) => (count === 0 ? "0" : fill(t.estimatedFigure, { figure: formatRounded(count) }));
}

export interface Line {
  readonly name: "delivered" | "sent" | "waiting" | "failed" | "inbound" | "p50" | "p95";
  readonly values: readonly (number | null)[];
}

/** Seconds since the epoch, as uPlot takes them. */
export function timesOf({ buckets }: Statistics): number[] {
  return buckets.map(({ at }) => Date.parse(at) / 1000);
}

export function countLines({ buckets }: Statistics): Line[] {
  const line = (name: Line["name"], count: (bucket: Statistics["buckets"][number]) => number): Line => ({
    name,
    values: buckets.map(count),
  });
  return [
    line("delivered", ({ outbound }) => sumOf(outbound, delivered)),
    line("sent", ({ outbound }) => sumOf(outbound, sent)),
    line("waiting", ({ outbound }) => all(outbound) - sumOf(outbound, [...delivered, ...sent, ...failed])),
    line("failed", ({ outbound }) => sumOf(outbound, failed)),
    line("inbound", ({ inbound }) => inbound),
  ];
}

export function latencyLines({ buckets }: Statistics): Line[] {
  return (["p50", "p95"] as const).map((name) => ({
    name,
    values: buckets.map(({ latencyMs }) => latencyMs?.[name] ?? null),
  }));
}
