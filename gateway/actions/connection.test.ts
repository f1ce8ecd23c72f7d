import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { connect } from "./connection.ts";

const accountSid = "AC0123456789abcdef0123456789abcdef";
const authToken = "fedcba9876543210fedcba9876543210";
const to = (baseUrl?: string) => connect({ accountSid, authToken, baseUrl });
const allows = (connection: ReturnType<typeof connect>, url: string) => connection.owns(new URL(url));

describe("connect", () => {
  it.each([
    [undefined, "https://messaging.twilio.com/v1/Services"],
    ["https://api.twilio.com/", "https://messaging.twilio.com/v1/Services"],
    ["https://api.dublin.ie1.twilio.com", "https://messaging.dublin.ie1.twilio.com/v1/Services"],
    ["http://127.0.0.1:8770", "http://127.0.0.1:8770/v1/Services"],
    ["https://example.com/sms/", "https://example.com/sms/v1/Services"],
    ["https://example.com/sms/2010-04-01", "https://example.com/sms/v1/Services"],
  ])("reaches the products of %s", (baseUrl, expected) => {
    expect(to(baseUrl).urlOf("messaging", "/v1/Services").href).toBe(expected);
  });

  it("owns nothing but its own server, and only below its path", () => {
    expect(allows(to(), "https://lookups.twilio.com/v2/x")).toBe(true);
    for (const url of ["http://api.twilio.com/", "https://api.twilio.com:8443/", "https://twilio.com.evil.example/"]) {
      expect(allows(to(), url)).toBe(false);
    }
    const own = to("https://example.com/sms");
    expect(allows(own, "https://example.com/sms/2010-04-01/x")).toBe(true);
    for (const url of ["https://example.com/smsx", "https://example.com/", "http://example.com/sms/x"]) {
      expect(allows(own, url)).toBe(false);
    }
  });

  it("takes an access key of a gateway, and none for Twilio", () => {
    const accessKey = "key-0123456789";
    const connection = connect({ accountSid, accessKey, baseUrl: "https://example.com" });
    expect(connection.authorization()).toBe(`Bearer ${accessKey}`);
    expect(connection.redact(`a ${accessKey} b`)).toBe("a [secret] b");
    expect(() => connect({ accountSid, accessKey })).toThrow("Twilio has no access keys");
    expect(() => connect({ accountSid, accessKey: "a\nb", baseUrl: "https://example.com" })).toThrow("characters");
  });

  it("knows SIDs in any case, and makes them one spelling", () => {
    const given = { accountSid: " ac0123456789ABCDEF0123456789ABCDEF", apiKeySid: `sk${"A".repeat(32)}` };
    const connection = connect({ ...given, apiKeySecret: authToken });
    expect(connection.accountSid).toBe(accountSid);
    expect(atob(connection.authorization().slice("Basic ".length))).toBe(`SK${"a".repeat(32)}:${authToken}`);
  });

  it("shows no secret, however it is looked at", () => {
    const connection = connect({ accountSid, apiKeySid: `SK${"1".repeat(32)}`, apiKeySecret: authToken });
    const shown = inspect(connection, { depth: 5, showHidden: true }) + JSON.stringify({ ...connection, agents: null });
    expect(shown).not.toContain(authToken);
    const basic = connection.authorization().slice("Basic ".length);
    expect(shown).not.toContain(basic);
    expect(connection.redact(`a ${authToken} b ${basic}`)).toBe("a [secret] b [secret]");
  });
});
