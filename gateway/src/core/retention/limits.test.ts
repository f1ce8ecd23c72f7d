import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutoffsOf, effectiveLimits, maskAddress } from "./limits.ts";

const installation = { messageDays: 30, bodyDays: null, eventDays: 5, callbackDays: 30, sandboxDays: 20 };

describe("the limits of an account", () => {
  it("are its own where it says something, also that it is for ever; else the installation's", () => {
    expect(effectiveLimits(installation, { messageDays: null, bodyDays: 3 })).toEqual({
      ...{ messageDays: null, bodyDays: 3, eventDays: 5 },
    });
  });

  it("let nothing outlive its message", () => {
    const day = 86_400_000;
    const limits = { messageDays: 2, bodyDays: null, eventDays: 100 };
    expect(cutoffsOf(limits, installation, 10 * day)).toEqual({
      ...{ messagesMs: 8 * day, bodiesMs: null, eventsMs: 8 * day, callbacksMs: 8 * day, sandboxMs: 8 * day },
    });
  });
});

describe("maskAddress", () => {
  it.each([
    ["+12025550142", "+1202555XXXX"],
    ["whatsapp:+447700900123", "whatsapp:+44770090XXXX"],
    ["12", "XX"],
    ["", ""],
  ])("%s → %s", (address, masked) => {
    expect(maskAddress(address)).toBe(masked);
  });

  it("never leaves one of the last four digits", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\+[1-9]\d{6,14}$/), (number) => {
        expect(maskAddress(number)).toBe(`${number.slice(0, -4)}XXXX`);
      }),
    );
  });
});
