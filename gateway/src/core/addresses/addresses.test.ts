import fc from "fast-check";
import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { describe, expect, it } from "vitest";
import { areaCodeOf, countryOf, isTollFree } from "./phone-number.ts";
import { parseRecipient } from "./recipient.ts";
import { parseSender } from "./sender.ts";

describe("parseRecipient", () => {
  it.each([
    ["+15558675310", "+15558675310", "US"],
    ["+15005550006", "+15005550006", "US"],
    ["+12025550100", "+12025550100", "US"],
    [" 12025550100", "+12025550100", "US"],
    ["  +1 (202) 555-0100 ", "+12025550100", "US"],
    ["+1.416.555.0100", "+14165550100", "CA"],
    ["+44 20 7946 0018", "+442079460018", "GB"],
    ["+49 (0) 1512 3456789", "+4915123456789", "DE"],
    ["\u202a+1\u2011202\u2011555\u20110100\u202c", "+12025550100", "US"],
    ["+919876543210", "+919876543210", "IN"],
    ["+5511987654321", "+5511987654321", "BR"],
    ["+80012345678", "+80012345678", null],
  ])("takes %j for %s in %s", (to, e164, country) => {
    expect(parseRecipient(to)).toEqual({ kind: "number", e164, country });
  });

  it.each([
    "",
    " ",
    "+",
    "15558675310",
    "0015558675310",
    "5558675310",
    "+1555867531",
    "+155586753100",
    "+1123",
    "+123456789012345678",
    "+999123456789",
    "+1555ABC5310",
    "++15558675310",
    "+15558675310,+15558675311",
    "12345",
    "MG0123456789abcdef0123456789abcdef",
    `+1555${" ".repeat(10_000)}8675310`,
    "whatsapp:",
    "whatsapp:12345",
    "whatsapp:+1555",
    "sms:+15558675310",
    "client:\u0000",
  ])("refuses %j", (to) => {
    expect(parseRecipient(to)).toBeNull();
  });

  it.each([
    ["whatsapp:+1 555 867 5310", "whatsapp", "whatsapp:+15558675310"],
    ["WhatsApp: 15558675310", "whatsapp", "whatsapp:+15558675310"],
    ["messenger:1234567890", "messenger", "messenger:1234567890"],
    ["rcs:+15558675310", "rcs", "rcs:+15558675310"],
    ["rcs:brand_agent", "rcs", "rcs:brand_agent"],
    ["client:joey smith", "client", "client:joey smith"],
  ])("takes %j for an address on %s", (to, channel, address) => {
    expect(parseRecipient(to)).toEqual({ kind: "channel", channel, address });
  });

  it("gives every +1 number ten digits and the country that the full metadata has for its area code", () => {
    const nanp = fc
      .tuple(fc.integer({ min: 200, max: 999 }), fc.integer({ min: 200, max: 999 }), fc.integer({ min: 0, max: 9999 }))
      .map(([area, exchange, line]) => `+1${area}${exchange}${String(line).padStart(4, "0")}`);
    fc.assert(
      fc.property(nanp, (number) => {
        const library = parsePhoneNumberFromString(number);
        expect(parseRecipient(number)).toMatchObject({ kind: "number", e164: library?.number });
        if (library?.country !== undefined) expect(countryOf(number)).toBe(library.country);
      }),
      { numRuns: 1000 },
    );
  });

  it("reads its own output as the same number", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\+[1-9][0-9]{6,14}$/), (text) => {
        const once = parseRecipient(text);
        if (once?.kind === "number") expect(parseRecipient(once.e164)).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parseRecipient(text)));
  });
});

describe("parseSender", () => {
  it.each([
    ["+15558675310", "number", "+15558675310"],
    [" 15558675310", "number", "+15558675310"],
    ["+1 (555) 867-5310", "number", "+15558675310"],
    ["12345", "short_code", "12345"],
    ["123456", "short_code", "123456"],
    ["12345678", "short_code", "12345678"],
    ["Acme", "alphanumeric", "Acme"],
    ["Acme & Co-1", "alphanumeric", "Acme & Co-1"],
    ["A+B_c", "alphanumeric", "A+B_c"],
    ["whatsapp:+15558675310", "channel", "whatsapp:+15558675310"],
    ["messenger:42", "channel", "messenger:42"],
    ["MG0123456789ABCDEF0123456789abcdef", "service", "MG0123456789abcdef0123456789abcdef"],
  ])("takes %j for a %s", (from, kind, address) => {
    expect(parseSender(from)).toEqual({ kind, address });
  });

  it.each([
    "",
    "12",
    "123456789",
    "15558675310",
    "+1555",
    "TwelveLetter",
    "Acme!",
    "Äcme",
    "- _ &",
    "1 2 3",
    "whatsapp:acme",
  ])("refuses %j", (from) => {
    expect(parseSender(from)).toBeNull();
  });

  it("takes every name of 1 to 11 allowed characters with a letter", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9 +\-_&]{1,11}$/).filter((text) => /[A-Za-z]/.test(text));
    fc.assert(
      fc.property(name, (text) => {
        expect(parseSender(text)).toEqual({ kind: "alphanumeric", address: text });
      }),
    );
  });
});

describe("countryOf, areaCodeOf, isTollFree", () => {
  it("knows areas of the US and Canada only", () => {
    expect(areaCodeOf("+12025550100")).toBe("202");
    expect(areaCodeOf("+14165550100")).toBe("416");
    expect(areaCodeOf("+18765550100")).toBeNull();
    expect(areaCodeOf("+18005550100")).toBeNull();
    expect(areaCodeOf("+442079460018")).toBeNull();
  });

  it("tells toll-free prefixes from other ones", () => {
    for (const prefix of [800, 833, 844, 855, 866, 877, 888]) expect(isTollFree(`+1${prefix}5550100`)).toBe(true);
    for (const number of ["+18105550100", "+12025550100", "+448005550100", "+1800555010"])
      expect(isTollFree(number)).toBe(false);
  });

  it("gives a number of an unassigned range its calling code's main country, and no country to what is no number", () => {
    expect(countryOf("+15558675310")).toBe("US");
    expect(countryOf("+77011234567")).toBe("KZ");
    expect(countryOf("Acme")).toBeNull();
    expect(countryOf("12345")).toBeNull();
  });
});
