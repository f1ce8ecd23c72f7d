import { describe, expect, it } from "vitest";
import { createWaitingLine } from "./waiting-line.ts";

const join = (line: ReturnType<typeof createWaitingLine>, count: number, notBeforeMs = 0) =>
  Array.from({ length: count }, () => line.join(0, notBeforeMs, 0.5));

describe("createWaitingLine", () => {
  it("calls in order, nobody before their time, and only so many in any second", () => {
    const turns = join(createWaitingLine(), 5000, 2000);
    expect(turns).toEqual(turns.toSorted((one, other) => one - other));
    expect(turns[0]).toBeGreaterThanOrEqual(2000);
    for (const [index, atMs] of turns.entries()) {
      const withinASecond = turns.filter((other) => other >= atMs && other < atMs + 1000).length;
      expect(withinASecond).toBeLessThanOrEqual(1001);
      if (index > 20) break;
    }
  });

  it("moves faster for a provider that is faster", () => {
    const [slow, fast] = [createWaitingLine(), createWaitingLine()];
    for (let n = 0; n < 5000; n++) fast.served(100);
    expect(join(fast, 4000).at(-1)).toBeLessThan((join(slow, 4000).at(-1) ?? 0) / 4);
  });

  it("sends nobody away for longer than its length, and spreads those at its end", () => {
    const line = createWaitingLine();
    join(line, 700_000);
    const [early, late] = [line.join(0, 0, 0), line.join(0, 0, 0.99)];
    expect(early).toBeGreaterThan(290_000);
    expect(late).toBeLessThan(610_000);
    expect(late - early).toBeGreaterThan(200_000);
  });

  it("is busy until the last has been called", () => {
    const line = createWaitingLine();
    const last = join(line, 10).at(-1) ?? 0;
    expect([line.isBusy(last - 1), line.isBusy(last)]).toEqual([true, false]);
  });
});
