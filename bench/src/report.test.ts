import { expect, it } from "vitest";
import { type Measure, presentTable, verdictOf } from "./report.ts";

const measure = (value: number, goal?: Measure["goal"]): Measure => ({
  name: "accept",
  value,
  unit: "/s",
  detail: "",
  ...(goal === undefined ? {} : { goal }),
});

it.each([
  [measure(10, { comparison: ">=", value: 10 }), "PASS"],
  [measure(9.9, { comparison: ">=", value: 10 }), "short of"],
  [measure(10, { comparison: "<=", value: 10 }), "PASS"],
  [measure(10.1, { comparison: "<=", value: 10 }), "short of"],
  [measure(Number.NaN, { comparison: ">=", value: 10 }), "short of"],
  [measure(10), ""],
])("judges %o as %s", (given, verdict) => {
  expect(verdictOf(given)).toBe(verdict);
});

it("writes thousands so that they can be read", () => {
  expect(presentTable([measure(32_749.4)])).toContain("32,749/s");
});
