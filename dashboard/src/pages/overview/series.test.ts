import { describe, expect, it } from "vitest";
import type { Statistics } from "../../api/generated/api.d.ts";
import { countFormat, isEstimated } from "./series.ts";

function statisticsWith(...estimated: readonly boolean[]): Statistics {
  return {
    bucketSeconds: 60,
    buckets: estimated.map((one) => ({ at: "", inbound: 0, outbound: {}, latencyMs: null, estimated: one })),
    ...{ totals: { inbound: 0, outbound: {} }, latencyMs: null, failures: [], providers: [] },
    queue: { messages: 0, more: false, oldestDueSeconds: 0 },
  };
}

describe("a figure of the overview", () => {
  it("is shown exactly when everything was counted", () => {
    const exact = statisticsWith(false, false);
    expect(isEstimated(exact)).toBe(false);
    expect(countFormat(exact)(1_234_567)).toBe("1,234,567");
  });

  it("says that it is an estimate when a part of it is, and promises no more digits than it has", () => {
    const sampled = statisticsWith(false, true);
    expect(isEstimated(sampled)).toBe(true);
    expect(countFormat(sampled)(1_234_567)).toBe("about 1,230,000");
    expect(countFormat(sampled)(0)).toBe("0");
  });
});
