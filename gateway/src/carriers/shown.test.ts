import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isStorable } from "../core/storable-text.ts";
import { shown } from "./shown.ts";

describe("shown", () => {
  it("keeps whole characters, up to so many", () => {
    expect(shown(`${"x".repeat(4)}😀😀`, 5)).toBe("xxxx😀");
    expect(shown("ä😀", 200)).toBe("ä😀");
  });

  it("drops what steers, and halves of characters", () => {
    expect(shown("a\0\u0007b\n\ud800c", 10)).toBe("a b \ufffdc");
  });

  it("is always fit for the database, and never too long", () => {
    const anything = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
    fc.assert(
      fc.property(anything, fc.integer({ min: 0, max: 20 }), (text, max) => {
        const result = shown(text, max);
        expect(isStorable(result)).toBe(true);
        expect([...result].length).toBeLessThanOrEqual(max);
      }),
    );
  });
});
