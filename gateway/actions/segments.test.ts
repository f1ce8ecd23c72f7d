import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countSegments as countOfGateway } from "../src/core/segments/count.ts";
import { countSegments } from "./segments.ts";

describe("countSegments", () => {
  it.each([
    ["a".repeat(160), "GSM-7", 1, 160],
    ["a".repeat(161), "GSM-7", 2, 161],
    ["a".repeat(460), "GSM-7", 4, 460],
    ["я".repeat(71), "UCS-2", 2, 71],
    ["€".repeat(81), "GSM-7", 2, 162],
    [`${"a".repeat(152)}€${"a".repeat(152)}`, "GSM-7", 3, 306],
    ["😜".repeat(67), "UCS-2", 3, 134],
    ["", "GSM-7", 1, 0],
    ["ç", "UCS-2", 1, 1],
  ] as const)("of %j", (text, encoding, segments, units) => {
    expect(countSegments(text)).toEqual({ encoding, segments, units });
  });

  it("counts as the gateway does", () => {
    const piece = fc.constantFrom(..."ab€я😜\r\n\u0301", "👨‍👩‍👧‍👦", "🇩🇪", "e\u0301", "\ud800");
    const text = fc.oneof(
      fc.array(piece, { maxLength: 400 }).map((all) => all.join("")),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(text, (each) => {
        expect(countSegments(each)).toEqual(countOfGateway(each));
      }),
      { numRuns: 500 },
    );
  });
});
