import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../../core/errors.ts";
import { all, first, parseForm, parseFormBytes } from "./form.ts";

const refused = expect.objectContaining({ code: "invalid-parameter" });

describe("parseForm", () => {
  it("reads what every client's encoder writes", () => {
    const name = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => !text.includes("\0"));
    const value = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 5 }), (pairs) => {
        const form = parseForm(new URLSearchParams(pairs).toString());
        expect(Object.keys(form)).toHaveLength(pairs.length);
        for (const [key, text] of pairs) expect(first(form, key)).toBe(text);
      }),
    );
  });

  it("takes the first value of a repeated parameter, and keeps the order of all", () => {
    const form = parseForm("To=1&To=2&MediaUrl=a&MediaUrl=b");
    expect(first(form, "To")).toBe("1");
    expect(all(form, "MediaUrl")).toEqual(["a", "b"]);
  });

  it("splits at the first =, so that DateSent>=… is the name DateSent>", () => {
    expect(first(parseForm("DateSent>=2024-01-01"), "DateSent>")).toBe("2024-01-01");
    expect(first(parseForm("DateSent%3E=2024-01-01"), "DateSent>")).toBe("2024-01-01");
  });

  it.each(["Body=100%", "Body=%zz", "Body=%E0%A4", "Body=%FF", "Body=%ED%A0%80", "Body=a%00b", "%00=1", "Body=a\0b"])(
    "refuses %j",
    (text) => {
      expect(() => parseForm(text)).toThrow(refused);
    },
  );

  it("refuses bytes that are not UTF-8", () => {
    expect(() => parseFormBytes(Buffer.from([0x42, 0x3d, 0xff]))).toThrow(refused);
  });

  it("knows no inherited names", () => {
    expect(first(parseForm("a=1"), "constructor")).toBeUndefined();
    expect(first(parseForm("__proto__=1"), "__proto__")).toBe("1");
    expect(first(parseForm(""), "toString")).toBeUndefined();
  });

  it("gives text that PostgreSQL can store, or a clear refusal, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          for (const [key, value] of Object.entries(parseFormBytes(Buffer.from(bytes)))) {
            const text = key + [value].flat().join("");
            expect(text.isWellFormed() && !text.includes("\0")).toBe(true);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
