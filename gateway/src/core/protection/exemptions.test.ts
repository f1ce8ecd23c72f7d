import { describe, expect, it } from "vitest";
import { isExempt, isOneTimeCode, isUrgent } from "./exemptions.ts";

describe("isOneTimeCode", () => {
  it.each([
    "Your code is 123456",
    "123456 is your verification code",
    "G-123456 is your Google verification code.",
    "code:123456",
    "Your code: 123-456. Don't share it.",
    "Dein Bestätigungscode: 9921",
    "Votre code de connexion est 482913",
    "Su código es 4821",
    "Ваш код: 482913",
    "您的验证码是482913，请勿泄露",
    "認証コード：482913",
    "123456",
    "Use A7B9C2 as your login passcode",
    "Welcome!\n\n@example.com #R4ND0M",
  ])("sees one in %j", (body) => {
    expect(isOneTimeCode(body)).toBe(true);
  });

  it.each([
    "Big sale this weekend, everything 50% off!",
    "Your table is booked for 2026-11-20 at 19:30",
    "Call us on +12025550100",
    "Use code SUMMER for 10% off",
    "Your invoice over 1,234.50 is due",
    "",
  ])("sees none in %j", (body) => {
    expect(isOneTimeCode(body)).toBe(false);
  });
});

describe("isUrgent, isExempt", () => {
  it.each(["otp", "security", "fraud", "OTP"])("lets a message with the intent %s go at night", (messageIntent) => {
    expect(isUrgent({ body: "x", options: { messageIntent } })).toBe(true);
    expect(isUrgent({ body: "x", options: { messageIntent: "marketing" } })).toBe(false);
  });

  it("leaves answers and tests of providers alone", () => {
    expect(isExempt({ direction: "outbound-reply", options: {} })).toBe(true);
    expect(isExempt({ direction: "outbound-api", options: { bypassConsent: true } })).toBe(true);
    expect(isExempt({ direction: "outbound-api", options: {} })).toBe(false);
  });
});
