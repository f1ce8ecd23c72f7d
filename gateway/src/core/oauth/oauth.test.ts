import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Principal, Role } from "../access/principal.ts";
import type { AccountSid } from "../ids.ts";
import { hasAdminAudience, iamPermissionsOf } from "./iam-permissions.ts";
import { isNative, problemOfRedirectUri } from "./redirect-uri.ts";
import { adminAudienceScope, knownScopes } from "./scopes.ts";
import { newServiceAccountKey, readAssertionKey } from "./service-account-key.ts";

function principal(role: Role, extra: Partial<Principal> = {}): Principal {
  return {
    ...{ accountSid: "AC00000000000000000000000000000001" as AccountSid, accountStatus: "active", role },
    ...{ credential: "client", credentialId: null, requiresSignedRequests: false },
    ...extra,
  };
}

describe("permissions of the admin API", () => {
  it("come from the role", () => {
    expect(iamPermissionsOf(principal("owner"))).toEqual(["iam.read", "iam.write"]);
    expect(iamPermissionsOf(principal("operator"))).toEqual(["iam.read", "iam.write"]);
    expect(iamPermissionsOf(principal("viewer"))).toEqual(["iam.read"]);
    expect(iamPermissionsOf(principal("sender"))).toEqual([]);
  });

  it("are none for a restricted key, whatever its role", () => {
    expect(iamPermissionsOf(principal("operator", { policy: { allow: [] } }))).toEqual([]);
  });

  it("need the audience where a token has scopes", () => {
    expect(hasAdminAudience(principal("owner"))).toBe(true);
    expect(hasAdminAudience(principal("owner", { scopes: ["openid", adminAudienceScope] }))).toBe(true);
    expect(hasAdminAudience(principal("owner", { scopes: ["openid"] }))).toBe(false);
  });
});

it("drops scopes that nobody knows, and repeated ones", () => {
  expect(knownScopes("openid foo openid  profile")).toEqual(["openid", "profile"]);
  expect(knownScopes(undefined)).toEqual([]);
});

describe("a redirect URI", () => {
  it.each([
    ["https://app.example.com/callback?x=1", false],
    ["http://localhost:3000/cb", true],
    ["http://127.0.0.1/cb", true],
    ["http://[::1]:9000/cb", true],
    ["com.example.app:/cb", true],
  ])("may be %s", (uri, native) => {
    expect(problemOfRedirectUri(uri)).toBeNull();
    expect(isNative([uri])).toBe(native);
  });

  it.each([
    "",
    "/cb",
    "http://app.example.com/cb",
    "https://app.example.com/#x",
    "https://user:pass@app.example.com/",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "app:/cb",
  ])("may not be %j", (uri) => {
    expect(problemOfRedirectUri(uri)).not.toBeNull();
  });
});

describe("a key of a service account", () => {
  it("is made as PKCS#1, and its public half is what is kept", async () => {
    const { privatePem, publicKey } = await newServiceAccountKey();
    expect(privatePem).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
    expect(createPublicKey(privatePem).export({ type: "spki", format: "der" }).equals(publicKey)).toBe(true);
  });

  it("is read from both forms of public PEM", () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const der = publicKey.export({ type: "spki", format: "der" });
    for (const type of ["spki", "pkcs1"] as const) {
      const pem = publicKey.export({ type, format: "pem" }) as string;
      expect(readAssertionKey(pem).equals(der)).toBe(true);
    }
  });

  it.each([
    ["no key", "x", "public-key-invalid"],
    [
      "a private key",
      generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ type: "pkcs8", format: "pem" }) as string,
      "public-key-invalid",
    ],
    [
      "too short",
      generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ type: "spki", format: "pem" }) as string,
      "public-key-length-unsupported",
    ],
    [
      "an elliptic curve",
      generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }) as string,
      "public-key-algorithm-unsupported",
    ],
  ])("is refused when it is %s", (_what, pem, code) => {
    expect(() => readAssertionKey(pem)).toThrow(expect.objectContaining({ code }));
  });
});
