import { createHash } from "node:crypto";
import fc from "fast-check";
import ValidationToken from "twilio/lib/jwt/validation/ValidationToken.js";
import { describe, expect, it } from "vitest";
import { matchesRequestHash, type SignedRequest } from "./canonical-request.ts";

const signedHeaders = "authorization;host";
const authorization = "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDpmb29iYXI=";
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function request(changes: Partial<Omit<SignedRequest, "body">> & { readonly body?: string } = {}): SignedRequest {
  const { body = "", ...rest } = changes;
  return {
    method: "GET",
    path: "/2010-04-01/Accounts",
    query: "",
    headers: new Map([["authorization", authorization]]),
    origins: [{ host: "api.twilio.com", pathPrefix: "" }],
    ...rest,
    body: Buffer.from(body),
  };
}

const npm = new ValidationToken({ accountSid: "AC", credentialSid: "CR", signingKey: "SK", privateKey: "unused" });

/** As the npm package hashes it; `params` are those of the query, decoded. */
function npmHash(method: string, path: string, params: Record<string, string>): string {
  const url = `https://api.twilio.com${path}`;
  return npm.getRequestCanonicalizer({ url, method, params, headers: { Authorization: authorization } }).create();
}

const vector = {
  method: "POST",
  path: `/2010-04-01/Accounts/AC${"0".repeat(32)}`,
  body: "FriendlyName=my new friendly name",
};
const vectorHash = "245eece1e638d9b0081ca0621183cd417fc97a1818bd822aa26697f9aa70c792";

describe("the canonical form of a request", () => {
  it("has the known hash", () => {
    expect(matchesRequestHash(request(vector), signedHeaders, vectorHash)).toBe(true);
  });

  it.each<[string, Parameters<typeof request>[0]]>([
    ["method", { ...vector, method: "PUT" }],
    ["path", { ...vector, path: `${vector.path}1` }],
    ["query", { ...vector, query: "a=1" }],
    ["body", { ...vector, body: "FriendlyName=other" }],
    ["missing body", { ...vector, body: "" }],
    ["host", { ...vector, origins: [{ host: "api.twilio.com:8443", pathPrefix: "" }] }],
    ["credentials", { ...vector, headers: new Map([["authorization", "Basic x"]]) }],
  ])("tells another %s apart", (_what, changed) => {
    expect(matchesRequestHash(request(changed), signedHeaders, vectorHash)).toBe(false);
  });

  it("of a list of header names is another one for each list", () => {
    expect(matchesRequestHash(request(vector), "host;authorization", vectorHash)).toBe(false);
  });

  it("is the same with dot segments and repeated slashes", () => {
    const hash = npmHash("GET", "/v1/Services", {});
    for (const path of ["//v1///Services", "/v1/./Services", "/v1/x/../Services"]) {
      expect(matchesRequestHash(request({ path }), signedHeaders, hash), path).toBe(true);
    }
    expect(matchesRequestHash(request({ path: "/v1/Services/" }), signedHeaders, hash)).toBe(false);
  });

  it("is found at any of the places that the caller may have meant", () => {
    const proxied = [
      { host: "10.0.0.1:8770", pathPrefix: "" },
      { host: "api.twilio.com", pathPrefix: "/sms" },
    ];
    const hash = npmHash("GET", "/sms/v1/Services", {});
    expect(matchesRequestHash(request({ path: "/v1/Services", origins: proxied }), signedHeaders, hash)).toBe(true);
  });

  it("takes reserved characters both as documented and as the npm package writes them", () => {
    const parts = (path: string) => [
      "GET",
      path,
      "",
      `authorization:${authorization}`,
      "host:api.twilio.com",
      "",
      signedHeaders,
      "",
    ];
    for (const path of ["/a'(b)%2A%7E".replace("%7E", "~"), "/a%27%28b%29%2A~"]) {
      const hash = sha256(parts(path).join("\n"));
      expect(matchesRequestHash(request({ path: "/a'(b)*~" }), signedHeaders, hash), path).toBe(true);
    }
  });

  it("has no query when the npm package follows a page, and only then", () => {
    const hash = npmHash("GET", "/v1/Services", {});
    const read = (method: string, query: string) =>
      matchesRequestHash(request({ method, path: "/v1/Services", query }), signedHeaders, hash);
    expect(read("GET", "PageSize=2&Page=1&PageToken=PAMG1")).toBe(true);
    expect(read("GET", "PageSize=2")).toBe(false);
    expect(
      matchesRequestHash(
        request({ method: "DELETE", path: "/v1/Services", query: "PageToken=PAMG1" }),
        signedHeaders,
        npmHash("DELETE", "/v1/Services", {}),
      ),
    ).toBe(false);
  });
});

// The npm package decodes what is decoded already, cuts at "=" and joins repeated names: nothing that is sent to Twilio
// has such values.
const text = fc.string({ unit: "grapheme", maxLength: 12 }).map((each) => each.replace(/[%=]/g, "").toWellFormed());
const parameters = fc
  .uniqueArray(fc.tuple(text, text), { selector: ([name]) => name, maxLength: 5 })
  .map((pairs) => pairs.filter(([name]) => name !== "" && name !== "__proto__"));

describe("requests as the npm package signs them", () => {
  it("match, whatever their query holds and however it is written, and no changed one does", () => {
    fc.assert(
      fc.property(parameters, fc.boolean(), text, (pairs, plus, other) => {
        const hash = npmHash("POST", "/v1/x", Object.fromEntries(pairs));
        const spaced = pairs.map((pair) => pair.map((each) => encodeURIComponent(each)).join("=")).join("&");
        const query = plus ? spaced.replaceAll("%20", "+") : spaced;
        const match = (each: string) =>
          matchesRequestHash(request({ method: "POST", path: "/v1/x", query: each }), signedHeaders, hash);
        expect(match(query)).toBe(true);
        expect(match(`${query}${query === "" ? "" : "&"}extra=${encodeURIComponent(other)}`)).toBe(false);
      }),
    );
  });

  it("match whatever their path holds", () => {
    fc.assert(
      fc.property(fc.webUrl(), (url) => {
        const { pathname } = new URL(url);
        const hash = npmHash("GET", pathname, {});
        expect(matchesRequestHash(request({ path: pathname }), signedHeaders, hash)).toBe(true);
      }),
    );
  });
});
