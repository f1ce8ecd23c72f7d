import { describe, expect, it } from "vitest";
import { parseMasterKeys } from "./master-key.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import {
  hashSecret,
  matchesHash,
  newAccessKey,
  newApiKeySecret,
  newAuthToken,
  newResourceOwner,
  sameSecret,
} from "./secrets.ts";

describe("new secrets", () => {
  it.each([
    ["auth token", newAuthToken, /^[0-9a-f]{32}$/],
    ["API key secret", newApiKeySecret, /^[0-9A-Za-z]{32}$/],
    ["access key", newAccessKey, /^tl_[0-9A-Za-z]{40}$/],
    ["resource owner", newResourceOwner, /^[1-9][0-9]{17}$/],
  ])("a new %s has its form and is not made twice", (_name, make, form) => {
    const made = Array.from({ length: 200 }, make);
    expect(made.filter((one) => !form.test(one))).toEqual([]);
    expect(new Set(made).size).toBe(200);
  });
});

describe("comparing", () => {
  it("tells a secret from all others by its hash", () => {
    expect(matchesHash("secret", hashSecret("secret"))).toBe(true);
    expect(matchesHash("Secret", hashSecret("secret"))).toBe(false);
    expect(matchesHash("secret", Buffer.alloc(0))).toBe(false);
  });

  it("takes texts of different lengths", () => {
    expect(sameSecret("abc", "abc")).toBe(true);
    expect(sameSecret("abc", "abcd")).toBe(false);
  });
});

describe("passwords", () => {
  it("are known again, and others are not", async () => {
    const encoded = await hashPassword("correct horse");
    expect(encoded).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$[^$]{22}\$[^$]{43}$/);
    expect(await verifyPassword("correct horse", encoded)).toBe(true);
    expect(await verifyPassword("correct house", encoded)).toBe(false);
  });

  it("are stored differently each time", async () => {
    expect(await hashPassword("same")).not.toBe(await hashPassword("same"));
  });

  it.each(["", "plain", "$scrypt$ln=31,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2g", "$2b$10$abc"])(
    "are refused where the stored form is not ours or absurdly costly: %s",
    async (encoded) => {
      expect(await verifyPassword("x", encoded)).toBe(false);
    },
  );

  it("are the same in composed and decomposed Unicode", async () => {
    expect(await verifyPassword("e\u0301t\u00e9", await hashPassword("\u00e9t\u00e9"))).toBe(true);
  });
});

describe("master keys", () => {
  const key = Buffer.from("fb".repeat(32), "hex");

  it.each([
    ["hex", key.toString("hex")],
    ["upper-case hex with a line end", `${key.toString("hex").toUpperCase()}\r\n`],
    ["base64", key.toString("base64")],
    ["URL-safe base64", key.toString("base64url")],
  ])("are read from %s", (_form, text) => {
    expect(parseMasterKeys(text)).toEqual([key]);
  });

  it.each(["", " ", "abc", "0".repeat(63), `${"0".repeat(64)},abc`, Buffer.alloc(31).toString("base64")])(
    "are not read from %j",
    (text) => {
      expect(parseMasterKeys(text)).toBeNull();
    },
  );
});
