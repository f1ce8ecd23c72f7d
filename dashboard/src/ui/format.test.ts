import { describe, expect, it } from "vitest";
import { countLines, totalsOf } from "../pages/overview/series.ts";
import { formatAgo, formatDuration, formatShare } from "./format.ts";

describe("durations", () => {
  it.each([
    [0, "0 ms"],
    [999, "999 ms"],
    [1_400, "1.4 s"],
    [59_000, "59 s"],
    [125_000, "2 min 5 s"],
    [7_200_000, "2 h"],
    [100_000_000, "1 d 3 h"],
  ])("%i ms read %s", (ms, words) => {
    expect(formatDuration(ms)).toBe(words);
  });

  it("read as how long ago, and how soon", () => {
    const now = Date.parse("2026-01-01T12:00:00Z");
    const ago = (ms: number) => formatAgo(new Date(now - ms).toISOString(), now);
    expect([ago(0), ago(8_000), ago(125_000), ago(-60_000)]).toEqual(["now", "8 s ago", "2 min ago", "in 1 min"]);
    const days = 86_400_000;
    expect([ago(5_000 - 7 * days), ago(-days - 3_600_000), ago(-3_599_000), ago(-30_500)]).toEqual([
      ...["in 7 d", "in 1 d", "in 1 h", "in 31 s"],
    ]);
  });
});

it("a share is never rounded to all or nothing while it is neither", () => {
  expect([
    formatShare(999, 1000),
    formatShare(1, 1000),
    formatShare(2, 2),
    formatShare(0, 2),
    formatShare(0, 0),
  ]).toEqual([...["99.9 %", "0.1 %", "100 %", "0 %", null]]);
});

it("the charts add up to the figures beside them", () => {
  const buckets = [
    {
      at: "2026-01-01T00:00:00Z",
      inbound: 2,
      outbound: { delivered: 5, failed: 1, queued: 3 },
      latencyMs: null,
      estimated: false,
    },
    {
      at: "2026-01-01T00:01:00Z",
      inbound: 0,
      outbound: { sent: 4, read: 1, undelivered: 2 },
      latencyMs: null,
      estimated: false,
    },
  ];
  const outbound = { delivered: 5, failed: 1, queued: 3, sent: 4, read: 1, undelivered: 2 };
  const statistics = {
    ...{ bucketSeconds: 60, buckets, totals: { inbound: 2, outbound }, latencyMs: null, failures: [], providers: [] },
    queue: { messages: 0, more: false, oldestDueSeconds: 0 },
  };
  const totals = totalsOf(statistics);
  expect(totals).toEqual({ outbound: 16, inbound: 2, delivered: 6, failed: 3, finished: 9 });
  const sum = countLines(statistics).map(({ name, values }) => [
    name,
    values.reduce<number>((all, one) => all + (one ?? 0), 0),
  ]);
  expect(Object.fromEntries(sum)).toEqual({ delivered: 6, sent: 4, waiting: 3, failed: 3, inbound: 2 });
});
