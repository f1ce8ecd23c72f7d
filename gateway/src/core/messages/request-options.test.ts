import { describe, expect, it } from "vitest";
import { GatewayError } from "../errors.ts";
import { checkRequest } from "./check-request.ts";
import type { MessageRequest } from "./request.ts";

const request = { to: "+12025550142", from: "+12025550100", body: "x" };

function problemOf(parts: Partial<MessageRequest>): unknown {
  try {
    return checkRequest({ ...request, ...parts }, Date.now(), false).to;
  } catch (error) {
    return error instanceof GatewayError ? error.code : error;
  }
}

describe("text that PostgreSQL cannot keep", () => {
  it.each(["\0", "\ud800", "\udfffx"])("is refused in every parameter (%j)", (text) => {
    expect(problemOf({ tags: JSON.stringify({ a: `x${text}` }) })).toBe("invalid-parameter");
    expect(problemOf({ tags: JSON.stringify({ [text]: "x" }) })).toBe("invalid-parameter");
    expect(problemOf({ messageIntent: `x${text}` })).toBe("invalid-parameter");
    expect(problemOf({ body: `x${text}` })).toBe("body-unsendable");
    expect(problemOf({ mediaUrls: [`https://e.com/${text}`] })).toBe("media-url-invalid");
    expect(problemOf({ statusCallback: `https://e.com/${text}` })).toBe("status-callback-invalid");
    expect(problemOf({ to: `messenger:x${text}` })).toBe("to-invalid");
    expect(problemOf({ from: `messenger:x${text}` })).toBe("from-invalid");
  });

  it("is not a whole surrogate pair", () => {
    const from = "messenger:1";
    const parts = { tags: '{"😀":"\\ud83d\\ude00"}', messageIntent: "😀", body: "😀", to: "messenger:😀", from };
    expect(problemOf(parts)).toBe("messenger:😀");
  });
});

describe("numbers in parameters", () => {
  it.each(["0x10", "1e2", "1.5", "-1", " ", "60s"])("are written in decimal digits: %j is refused", (text) => {
    expect(problemOf({ validityPeriod: text })).toBe("validity-period-invalid");
    expect(problemOf({ attempt: text })).toBe("invalid-parameter");
  });

  it.each(["0x10", "Infinity", "", "1,5", "."])("of MaxPrice may have a fraction: %j is refused", (text) => {
    expect(problemOf({ maxPrice: text || " " })).toBe("max-price-invalid");
  });

  it.each(["0.5", "-1", ".25", "2.", "1e-2"])("of MaxPrice may have a fraction: %j is taken", (text) => {
    expect(problemOf({ maxPrice: text })).toBe(request.to);
  });
});

describe("channels", () => {
  it.each([
    ["whatsapp:+12025550142", "+12025550100"],
    ["whatsapp:+12025550142", "12345"],
    ["client:bob", "Acme"],
    ["messenger:1", "whatsapp:+12025550100"],
    ["+12025550142", "whatsapp:+12025550100"],
  ])("of To and From must be the same: %s from %s is refused", (to, from) => {
    expect(problemOf({ to, from })).toBe("channel-mismatch");
  });

  it.each([
    ["whatsapp:+12025550142", "whatsapp:+12025550100"],
    ["messenger:1", "MessEnger:2"],
    ["+12025550142", "Acme"],
    // RCS falls back to the number.
    ["rcs:+12025550142", "+12025550100"],
    ["+12025550142", "rcs:brand"],
    ["whatsapp:+12025550142", `MG${"0".repeat(32)}`],
  ])("are not compared further: %s from %s is taken", (to, from) => {
    expect(problemOf({ to, from })).toBe(to);
  });
});

describe("templates", () => {
  const contentSid = `HX${"0".repeat(32)}`;

  it("need a ContentSid, and variables that are a JSON object of texts", () => {
    expect(problemOf({ contentVariables: "{}" })).toBe("content-sid-required");
    expect(problemOf({ contentSid: "HX1" })).toBe("content-sid-invalid");
    for (const contentVariables of ["x", "[]", "null", '{"1":2}', '"a"']) {
      expect(problemOf({ contentSid, contentVariables })).toBe("content-variables-invalid");
    }
  });

  it("give way to the body beside them", () => {
    expect(problemOf({ contentSid, contentVariables: '{"1":"a"}' })).toBe(request.to);
  });
});
