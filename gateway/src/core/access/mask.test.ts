import { describe, expect, it } from "vitest";
import { maskSecrets } from "./mask.ts";

describe("masking", () => {
  it("hides every secret by its name, however deep, and keeps the rest", () => {
    const masked = maskSecrets({
      name: "Acme",
      accountSid: "AC1",
      authToken: "t",
      secondaryAuthToken: null,
      apiKeySid: "SK1",
      apiKeySecret: "s",
      clientId: "c",
      clientSecret: "s",
      password: "p",
      key: "k",
      signing_key: "k",
      token_type: "bearer",
      secrets: { authToken: "t", other: "o" },
      list: [{ accessKey: "k", role: "owner" }],
      createdAt: new Date(0),
    });
    expect(masked).toEqual({
      name: "Acme",
      accountSid: "AC1",
      authToken: "[secret]",
      secondaryAuthToken: null,
      apiKeySid: "SK1",
      apiKeySecret: "[secret]",
      clientId: "c",
      clientSecret: "[secret]",
      password: "[secret]",
      key: "[secret]",
      signing_key: "[secret]",
      token_type: "bearer",
      secrets: { authToken: "[secret]", other: "[secret]" },
      list: [{ accessKey: "[secret]", role: "owner" }],
      createdAt: "1970-01-01T00:00:00.000Z",
    });
  });

  it("cuts credentials out of URLs and hides raw bytes", () => {
    expect(maskSecrets({ smsUrl: "https://user:pass@example.com/x", blob: Buffer.from("x") })).toEqual({
      smsUrl: "https://[secret]@example.com/x",
      blob: "[secret]",
    });
  });
});
