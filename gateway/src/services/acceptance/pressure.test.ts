import { describe, expect, it } from "vitest";
import { createPressure } from "./pressure.ts";

function pressure(share: number, pending: number) {
  let nowMs = 0;
  const subject = createPressure({ pending: () => pending, nowMs: () => nowMs, utilization: () => share });
  return {
    /** Accepts so many within a tenth of a second; is the pressure high then? */
    after(accepted: number): boolean {
      for (let index = 0; index < accepted; index++) subject.note();
      nowMs += 100;
      return subject.high();
    },
    subject,
  };
}

describe("createPressure", () => {
  it("is high while messages stream in and the process is never idle, or inserts queue up", () => {
    expect(pressure(0.95, 1).after(1000)).toBe(true);
    expect(pressure(0.3, 20).after(1000)).toBe(true);
    expect(pressure(0.3, 1).after(1000)).toBe(false);
  });

  it("is not high for a process that is busy without callers, and ends with them", () => {
    expect(pressure(1, 0).after(0)).toBe(false);
    const busy = pressure(1, 20);
    expect(busy.after(1000)).toBe(true);
    expect(busy.subject.high()).toBe(true);
    // A stall is not the end.
    for (let tenth = 0; tenth < 4; tenth++) expect(busy.after(0)).toBe(true);
    expect(busy.after(0)).toBe(false);
  });
});
