import { describe, expect, it } from "vitest";
import { parseRecipient } from "../addresses/recipient.ts";
import { magicRecipient, magicRefusal, magicReport, magicSender } from "./magic-numbers.ts";

describe("magic numbers", () => {
  it.each([
    ["+15005550001", "from-invalid"],
    ["+15005550006", null],
    ["+15005550007", "from-not-owned"],
    ["+15005550008", "queue-full"],
  ])("answers a From of %s with %s", (from, code) => {
    expect(magicSender(from)).toEqual({ code });
  });

  it.each([
    ["+15005550001", "to-invalid"],
    ["+15005550002", "unreachable"],
    ["+15005550003", "region-not-enabled"],
    ["+15005550004", "opted-out"],
    ["+15005550009", "not-mobile"],
  ])("answers a To of %s with %s", (to, code) => {
    expect(magicRecipient(to)).toEqual({ code });
  });

  it.each([30003, 30004, 30005, 30006, 30007, 30008])(
    "reports +1500555 and the last four digits of %d undelivered with it",
    (code) => {
      const to = `+1500555${String(code).replace("3000", "300")}`;
      expect(magicReport(to)).toEqual({ errorCode: code });
      expect(magicRecipient(to)).toBeNull();
      expect(parseRecipient(to)).toMatchObject({ kind: "number", e164: to });
    },
  );

  it("treats every other number as an ordinary one", () => {
    for (const number of ["+15005550005", "+15005553009", "+15558675310", "", "whatsapp:+15005550001"]) {
      expect([magicSender(number), magicRecipient(number), magicReport(number)]).toEqual([null, null, null]);
    }
  });

  it("gives the sender's reason before the recipient's, and the recipient's also for the valid sender", () => {
    expect(magicRefusal("+15005550007", "+15005550004")).toBe("from-not-owned");
    expect(magicRefusal("+15005550006", "+15005550004")).toBe("opted-out");
    expect(magicRefusal("+15005550006", "+15558675310")).toBeNull();
    expect(magicRefusal("+12025550100", "+15558675310")).toBeNull();
  });
});
