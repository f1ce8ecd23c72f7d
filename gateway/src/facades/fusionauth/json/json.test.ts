import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Json, parseJson } from "./parse.ts";
import { writeJson } from "./write.ts";

const read = (text: string): Json => {
  const parsed = parseJson(Buffer.from(text));
  if (parsed.kind === "problem") throw new Error(parsed.detail);
  return parsed.value;
};

describe("JSON", () => {
  it("comes back as it was, its names sorted and its nulls left out", () => {
    const isNullFree = (value: unknown): boolean =>
      value !== null && (typeof value !== "object" || Object.values(value as object).every(isNullFree));
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        fc.pre(isNullFree(value) && !/__proto__/.test(JSON.stringify(value)));
        expect(JSON.parse(writeJson(read(JSON.stringify(value))))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 200 },
    );
    expect(writeJson(read('{"b":{"z":1,"a":null,"10":2,"9":3},"a":[null,{}],"B":""}'))).toBe(
      '{"B":"","a":[null,{}],"b":{"10":2,"9":3,"z":1}}',
    );
  });

  it("keeps every digit of whole numbers", () => {
    for (const text of ["9007199254740993", "-123456789012345678901234567890", "[1,2.5,1e3]"]) {
      expect(writeJson(read(text))).toBe(text.replace("1e3", "1000"));
    }
    expect(read("-0")).toBe(0);
  });

  it.each([
    ["", "end"],
    ["{", ""],
    ['{"a":1,}', ""],
    [`${"[".repeat(501)}${"]".repeat(501)}`, "deeper"],
    [`${"[".repeat(100_000)}`, "deeper"],
    [`{"a":${"9".repeat(401)}}`, "range"],
    ["1e999", "range"],
    ['{"__proto__":{"x":1}}', "__proto__"],
    ['{"a":[{"\\u005f_proto__":1}]}', "__proto__"],
    ['{"constructor":{"prototype":{"x":1}}}', "constructor"],
  ])("refuses %s", (text, detail) => {
    expect(() => read(text.slice(0))).toThrow(detail);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it("refuses bytes that are not UTF-8, and counts no brackets inside texts", () => {
    expect(parseJson(new Uint8Array([0x22, 0xff, 0x22])).kind).toBe("problem");
    expect(read(JSON.stringify("[".repeat(1000)))).toBe("[".repeat(1000));
    expect(read(JSON.stringify({ constructor: "Acme" }))).toEqual({ constructor: "Acme" });
  });
});
