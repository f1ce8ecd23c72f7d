import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quietUntil, timeOfDay } from "./quiet-hours.ts";

const minuteMs = 60_000;
const night = { from: "21:00", until: "08:00" };
const iso = (ms: number) => new Date(ms).toISOString();
const at = (time: string) => Date.parse(time);

function minutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

/** Written down a second time, the simple way. */
function isQuiet({ from, until }: { from: string; until: string }, zone: string, ms: number): boolean {
  const now = minutes(timeOfDay(zone, ms));
  const [start, end] = [minutes(from), minutes(until)];
  return start < end ? now >= start && now < end : now >= start || now < end;
}

describe("quietUntil", () => {
  it.each([
    ["2026-11-20T17:00:00Z", ["Europe/Berlin"], "2026-11-20T17:00:00.000Z"],
    ["2026-11-20T20:00:00Z", ["Europe/Berlin"], "2026-11-21T07:00:00.000Z"],
    ["2026-11-20T20:00:59Z", ["Europe/Berlin"], "2026-11-21T07:00:00.000Z"],
    ["2026-11-21T06:59:59Z", ["Europe/Berlin"], "2026-11-21T07:00:00.000Z"],
    ["2026-11-21T07:00:00Z", ["Europe/Berlin"], "2026-11-21T07:00:00.000Z"],
    // The night in which the clocks go forward, and the one in which they go back.
    ["2026-03-28T22:00:00Z", ["Europe/Berlin"], "2026-03-29T06:00:00.000Z"],
    ["2026-10-24T22:00:00Z", ["Europe/Berlin"], "2026-10-25T07:00:00.000Z"],
    // Not before it is morning in the west, nor after it is night in the east.
    ["2026-11-20T12:00:00Z", ["America/New_York", "America/Los_Angeles"], "2026-11-20T16:00:00.000Z"],
    ["2026-11-21T02:30:00Z", ["America/New_York", "America/Los_Angeles"], "2026-11-21T16:00:00.000Z"],
    ["2026-11-20T22:00:00Z", [], "2026-11-20T22:00:00.000Z"],
  ])("at %s in %j is over at %s", (now, zones, opening) => {
    expect(iso(quietUntil(night, zones, at(now)))).toBe(opening);
  });

  it("opens with the change of the clocks when that leads over the end of the quiet hours", () => {
    expect(iso(quietUntil({ from: "21:00", until: "02:30" }, ["Europe/Berlin"], at("2026-03-29T00:30:00Z")))).toBe(
      "2026-03-29T01:00:00.000Z",
    );
  });

  it("goes by the first zone where it is always quiet in one of them", () => {
    const zones = ["Pacific/Auckland", "Europe/London", "America/New_York"];
    expect(iso(quietUntil({ from: "18:00", until: "09:00" }, zones, at("2026-07-01T12:00:00Z")))).toBe(
      "2026-07-01T21:00:00.000Z",
    );
  });

  const zone = fc.constantFrom(
    ...["Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"],
    ...["Pacific/Chatham", "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia", "UTC"],
  );
  const time = fc
    .integer({ min: 0, max: 1439 })
    .map((of) => [Math.floor(of / 60), of % 60].map((part) => String(part).padStart(2, "0")).join(":"));
  const quiet = fc.record({ from: time, until: time }).filter(({ from, until }) => from !== until);
  // Around the days on which clocks are changed as often as on others.
  const changes = ["2026-03-08", "2026-03-29", "2026-04-05", "2026-09-27", "2026-10-04", "2026-10-25", "2026-11-01"];
  const moment = fc.oneof(
    fc.integer({ min: at("2026-01-01T00:00:00Z"), max: at("2027-12-31T00:00:00Z") }),
    fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -1440, max: 1440 }))
      .map(([day, shift]) => at(`${day}T00:00:00Z`) + shift * minuteMs),
  );

  it("is the first moment at which it is not quiet there, whatever the clocks do", () => {
    fc.assert(
      fc.property(quiet, zone, moment, (hours, there, now) => {
        const opening = quietUntil(hours, [there], now);
        expect(isQuiet(hours, there, opening)).toBe(false);
        if (opening === now) return;
        expect(opening).toBeGreaterThan(now);
        // Every fifth minute before, and the last one.
        for (let ms = now; ms < opening; ms += 5 * minuteMs) expect(isQuiet(hours, there, ms)).toBe(true);
        expect(isQuiet(hours, there, opening - minuteMs)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("is a moment at which it is quiet in none of several zones, if there is one", () => {
    const near = ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"];
    fc.assert(
      fc.property(moment, (now) => {
        const opening = quietUntil(night, near, now);
        for (const there of near) expect(isQuiet(night, there, opening)).toBe(false);
        if (opening > now) expect(near.some((there) => isQuiet(night, there, opening - minuteMs))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
