import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findOneTimeCode } from "./one-time-code.ts";

describe("findOneTimeCode", () => {
  it.each([
    ["Your code is 123456.", "123456"],
    ["48151623 is your code for login.example.org", "48151623"],
    ["G-471108 is your verification code", "471108"],
    ["Use 123 456 to sign in", "123456"],
    ["Use 123-456 to sign in", "123456"],
    ["Code: 0042", "0042"],
    ["Your phone code H4K9QX expires soon", "H4K9QX"],
    ["Your code is below.\n\n@example.com #98AB76", "98AB76"],
    ["Ihr Code lautet: 98765", "98765"],
  ])("finds the code of %j", (text, code) => {
    expect(findOneTimeCode(text)).toBe(code);
  });

  it.each([
    "",
    "Your order has shipped.",
    "Call +12025550100 or 202 555 0100",
    "See https://example.com/123456",
    "At 12:30 on 2026-11-20 it costs 1234.50",
    "HELLO WORLD",
  ])("finds none in %j", (text) => {
    expect(findOneTimeCode(text)).toBeNull();
  });

  it("finds only what is in the text, of any text", () => {
    const text = fc.string({ unit: fc.constantFrom(..."0123456789 -.,:@#\nABCabc"), maxLength: 60 });
    fc.assert(
      fc.property(text, (message) => {
        const code = findOneTimeCode(message);
        if (code !== null) expect(message.replace(/[ -]/g, "")).toContain(code);
      }),
    );
  });
});
