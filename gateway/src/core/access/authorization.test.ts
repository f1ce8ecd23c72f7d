import { describe, expect, it } from "vitest";
import { basicAuthorization, parseAuthorization } from "./authorization.ts";

const hex = "0123456789abcdef0123456789abcdef";
const uuid = "01234567-89ab-cdef-0123-456789abcdef";

describe("an Authorization header", () => {
  it("is read as an account's token, the SID in any case and the token with colons", () => {
    const token = { kind: "auth-token", accountId: uuid, token: "a:b" };
    expect(parseAuthorization(basicAuthorization(`AC${hex}`, "a:b"))).toEqual(token);
    expect(parseAuthorization(basicAuthorization(`ac${hex.toUpperCase()}`, "a:b"))).toEqual(token);
    expect(parseAuthorization(basicAuthorization(`AC${hex}`, "a:b").replace("Basic", "bAsIc"))).toEqual(token);
  });

  it("is read as an API key", () => {
    const key = { kind: "api-key", keyId: uuid, secret: "s" };
    expect(parseAuthorization(basicAuthorization(`SK${hex}`, "s"))).toEqual(key);
  });

  it("is read as a stranger's when the user is no SID", () => {
    for (const user of ["AC12", `XX${hex}`, "983C6FACEBBE4D858570FADD967A9DD7"]) {
      const stranger = { kind: "stranger", user, password: "a:b" };
      expect(parseAuthorization(basicAuthorization(user, "a:b"))).toEqual(stranger);
    }
  });

  it("is read as an access key, as Bearer and bare", () => {
    expect(parseAuthorization("Bearer tl_key")).toEqual({ kind: "access-key", key: "tl_key" });
    expect(parseAuthorization("tl_key")).toEqual({ kind: "access-key", key: "tl_key" });
  });

  it.each([
    undefined,
    "",
    " ",
    "Basic ",
    "Basic !!!",
    "Basic a b",
    `Basic ${Buffer.from(`AC${hex}`).toString("base64")}`,
    basicAuthorization("", "x"),
    'Digest username="a"',
    "Bearer a b",
    "Bearer \u00fc",
    `Bearer ${"x".repeat(5000)}`,
  ])("is nothing when it is %s", (header) => {
    expect(parseAuthorization(header)).toBeNull();
  });
});
