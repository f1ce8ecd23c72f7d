import { describe, expect, it } from "vitest";
import { parseSafeListNumber, safeListNumbersFor } from "./safe-list.ts";

describe("a safe-list entry", () => {
  it.each([
    ["+18001234567", "+18001234567"],
    // a plus sign that a form decoder took for a space
    [" 18001234567", "+18001234567"],
    ["+1 (800) 123-4567", "+18001234567"],
    ["+18001234xxx", "+18001234xxx"],
    [" 18001234XXX", "+18001234xxx"],
    ["+4930123456xxx", "+4930123456xxx"],
    ["+290220xxx", null],
    ["18001234567", null],
    ["+1800123", null],
    ["+18001234xx", null],
    ["+1800123xxxx", null],
    ["+1800xxx4567", null],
    ["xxx", null],
    ["+xxx", null],
    ["whatsapp:+18001234567", null],
    ["", null],
  ])("is %j: %j", (text, entry) => {
    expect(parseSafeListNumber(text)).toBe(entry);
  });

  it("covers a number as itself or as its thousand", () => {
    expect(safeListNumbersFor("+18001234567")).toEqual(["+18001234567", "+18001234xxx"]);
  });
});
