import { describe, expect, it } from "vitest";
import { nextPollMs } from "./poll-times.ts";

const hourMs = 3_600_000;

/** When a message is asked about that never gets an answer, in ms after it was sent. */
function allPolls(calledBack: boolean): number[] {
  const times: number[] = [];
  for (let nowMs = 0, tries = 0; tries < 1000; tries++) {
    const next = nextPollMs({ sentAtMs: 0, calledBack, tries }, nowMs);
    if (next === null) break;
    times.push(next);
    nowMs = next;
  }
  return times;
}

describe("polls for a report", () => {
  it("come soon, then ever more seldom, and end within 36 hours", () => {
    const times = allPolls(false);
    expect(times.slice(0, 4)).toEqual([5_000, 20_000, 80_000, 380_000]);
    expect(times.at(-1)).toBeGreaterThan(24 * hourMs);
    expect(times.at(-1)).toBeLessThanOrEqual(36 * hourMs);
    expect(times.length).toBeLessThan(20);
  });

  it("are late and few where the provider calls back", () => {
    const times = allPolls(true);
    expect(times[0]).toBe(600_000);
    expect(times.length).toBeLessThanOrEqual(5);
    expect(times.at(-1)).toBeLessThanOrEqual(36 * hourMs);
  });
});
