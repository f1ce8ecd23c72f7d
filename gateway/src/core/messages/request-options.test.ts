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
    const parts = { tags: '{"😀":"\\ud83d\\ude00"}', messageIntent: "😀", body: "😀", to: "messenger:😀" };
    expect(problemOf(parts)).toBe("messenger:😀");
  });
});
