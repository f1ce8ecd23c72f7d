import { describe, expect, it } from "vitest";
import { findCertainCode } from "./certain-code.ts";

const strict = { liberal: false };
const liberal = { liberal: true };

describe("findCertainCode", () => {
  it.each([
    ["Your code is 123456", "123456"],
    ["123456 is your one-time password for example.com. Use it within the next 5m0s.\n@example.com #123456", "123456"],
    ["Use AB12CD to verify your phone number.", "AB12CD"],
    ["Your verification code: 123-456", "123456"],
    ["Ihr Code lautet 1234 5678.", "12345678"],
    ["G-123456 is your Google verification code", null],
    ["Dein Bestätigungscode: 9876", "9876"],
    ["【Acme】您的验证码是 482913,5分钟内有效", "482913"],
    ["認証コード:482913", "482913"],
    ["Ваш код: 4829", "4829"],
    ["رمز التحقق 482913", "482913"],
    ["Code:482913", "482913"],
    ["验证码482913，请勿泄露", "482913"],
    ["Code 123456 for order 987654", null],
    ["Code 123", null],
    ["Code 12345678901", null],
    ["Your code is on its way to +12025550123", null],
    ["Your code for https://id.example:8443/verify/123456", null],
    ["Login from 10.0.0.1 on port 8443.5", null],
    ["Your order 123456 has been shipped", null],
    ["Your verification code is ABCDEF", null],
    ["", null],
  ])("%j: %s", (body, code) => expect(findCertainCode(body, strict)).toBe(code));

  it.each([
    ["123456 では確認してください", "123456"],
    ["Enter ABCDEF", "ABCDEF"],
    ["ABCDEF or GHIJKL", null],
    ["Hello there", null],
  ])("where nothing else could carry it, a single candidate will do: %j: %s", (body, code) =>
    expect(findCertainCode(body, liberal)).toBe(code),
  );
});
