import { describe, expect, it } from "vitest";
import { createRequestLimit } from "./request-limit.ts";

function limitAt(options: { max: number; maxKeys?: number }) {
  const time = { nowMs: 0 };
  const limit = createRequestLimit({ clock: { nowMs: () => time.nowMs }, windowMs: 60_000, maxKeys: 10, ...options });
  return { time, limit };
}

describe("a request limit", () => {
  it("lets so many through in a window, tells how long to wait, and begins anew after it", () => {
    const { time, limit } = limitAt({ max: 2 });
    expect([limit.take("a"), limit.take("a")]).toEqual([0, 0]);
    time.nowMs = 45_000;
    expect(limit.take("a")).toBe(15_000);
    expect(limit.take("b")).toBe(0);
    time.nowMs = 60_000;
    expect([limit.take("a"), limit.take("a"), limit.take("a")]).toEqual([0, 0, 60_000]);
  });

  it("does not lengthen a window when the clock is set back", () => {
    const { time, limit } = limitAt({ max: 1 });
    time.nowMs = 1_000_000;
    limit.take("a");
    time.nowMs = 0;
    expect(limit.take("a")).toBe(0);
  });

  it("keeps no more counters than it may", () => {
    const { limit } = limitAt({ max: 1, maxKeys: 2 });
    for (const key of ["a", "b", "c"]) limit.take(key);
    expect(limit.take("c")).toBe(60_000);
    expect(limit.take("a")).toBe(0);
  });
});
