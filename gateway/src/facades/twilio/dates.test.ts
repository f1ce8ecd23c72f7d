import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDateFilter, rangeOf, rfc2822 } from "./dates.ts";

const day = 86_400_000;

describe("rfc2822", () => {
  it("writes a two-digit day and a numeric zone", () => {
    expect(rfc2822(new Date("2023-08-04T05:01:45.999Z"))).toBe("Fri, 04 Aug 2023 05:01:45 +0000");
  });

  it("gives each date its own text, however the calls alternate", () => {
    const date = fc.date({ min: new Date("1970-01-01"), max: new Date("2100-01-01"), noInvalidDate: true });
    fc.assert(
      fc.property(date, date, (one, other) => {
        for (const each of [one, other, one]) {
          expect(Date.parse(rfc2822(each))).toBe(Math.floor(each.getTime() / 1000) * 1000);
        }
      }),
    );
  });
});

describe("parseDateFilter", () => {
  const instant = Date.UTC(2019, 5, 11, 22, 5, 25);

  it.each([
    ["2019-06-11T22:05:25Z", instant],
    ["2019-06-11T22:05:25.000Z", instant],
    ["2019-06-11 22:05:25.000", instant],
    ["2019-06-11T22:05:25", instant],
    ["2019-06-12T00:05:25+02:00", instant],
    ["2019-06-12T00:05:25 02:00", instant],
    ["Tue, 11 Jun 2019 22:05:25 +0000", instant],
    ["11 Jun 2019 22:05:25 GMT", instant],
    ["06/11/2019 22:05:25 MST", instant + 7 * 3600 * 1000],
    ["06/11/2019 22:05:25", instant],
  ])("reads %s as that second", (text, startMs) => {
    expect(parseDateFilter(text)).toMatchObject({ startMs, endMs: startMs + 1000 });
  });

  it.each(["2019-06-11", "06/11/2019", "Tue, 11 Jun 2019", "11 Jun 2019"])("reads %s as that whole day", (text) => {
    const startMs = Date.UTC(2019, 5, 11);
    expect(parseDateFilter(text)).toEqual({ startMs, endMs: startMs + day, dayStartMs: startMs });
  });

  it.each([
    "",
    "yesterday",
    "2019-13-01",
    "2019-02-30",
    "2019-06-11T25:00:00Z",
    "2019-06-11T22:05:25+99:00",
    "1e3",
    "2019-06-11 22:05 XYZ",
  ])("refuses %s", (text) => {
    expect(parseDateFilter(text)).toBeNull();
  });

  it("never throws and never gives a range that is no range", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-\d/:TZ +.]{0,30}$/)), (text) => {
        const parsed = parseDateFilter(text);
        if (parsed !== null) expect(parsed.startMs).toBeLessThan(parsed.endMs);
      }),
    );
  });
});

describe("rangeOf", () => {
  const at = (text: string) => parseDateFilter(text) ?? expect.unreachable(text);

  it("takes a time in DateSent as the day that it lies in", () => {
    const start = Date.UTC(2024, 0, 31);
    expect(rangeOf({ on: at("2024-01-31T10:00:00Z") })).toEqual({ fromMs: start, beforeMs: start + day });
  });

  it("includes the whole day of an upper bound without a time, and the whole second of one with", () => {
    expect(rangeOf({ until: at("2024-01-31") })).toEqual({ beforeMs: Date.UTC(2024, 1, 1) });
    expect(rangeOf({ until: at("2024-01-31T10:00:00Z") })).toEqual({ beforeMs: Date.UTC(2024, 0, 31, 10, 0, 1) });
  });

  it("is the overlap of several bounds", () => {
    expect(rangeOf({ since: at("2024-01-01"), until: at("2024-01-31") })).toEqual({
      fromMs: Date.UTC(2024, 0, 1),
      beforeMs: Date.UTC(2024, 1, 1),
    });
  });
});
