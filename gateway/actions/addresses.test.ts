import { describe, expect, it } from "vitest";
import { readRecipient, readRegion, readSender } from "./addresses.ts";

describe("readRecipient", () => {
  it.each([
    ["+1 (202) 555-0142", "US", "+12025550142"],
    ["(202) 555-0142", "US", "+12025550142"],
    ["2025550142", "US", "+12025550142"],
    ["030 901820", "DE", "+4930901820"],
    ["+15005550006", "US", "+15005550006"],
    ["whatsapp:+12025550142", "US", "whatsapp:+12025550142"],
    ["Messenger:abc", "US", "messenger:abc"],
  ])("makes %s in %s to %s", (given, region, expected) => {
    expect(readRecipient(given, region)).toBe(expected);
  });

  it.each(["", " ", "Bob", "12345", "+", "+1", "+999999999999999999", "2025550142 ext 3", "whatsapp:", "whatsapp:Bob"])(
    "refuses %j",
    (given) => {
      expect(() => readRecipient(given, "US")).toThrow(/^To /);
    },
  );
});

describe("readSender", () => {
  const service = `MG${"0".repeat(32)}`;
  it.each([
    ["12345", { kind: "address", address: "12345" }],
    ["ACME Corp", { kind: "address", address: "ACME Corp" }],
    ["2025550100", { kind: "address", address: "+12025550100" }],
    ["whatsapp:+12025550100", { kind: "address", address: "whatsapp:+12025550100" }],
    [service, { kind: "service", messagingServiceSid: service }],
  ])("takes %s", (given, expected) => {
    expect(readSender(given, "US")).toEqual(expected);
  });

  it.each(["ACME Corporation", "123456789", "€", "+1202"])("refuses %s", (given) => {
    expect(() => readSender(given, "US")).toThrow(/^From is none of/);
  });
});

it("knows countries by two letters", () => {
  expect([readRegion(undefined), readRegion(" de ")]).toEqual(["US", "DE"]);
  expect(() => readRegion("Germany")).toThrow("two letters");
});
