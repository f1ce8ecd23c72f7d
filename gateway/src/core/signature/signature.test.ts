import fc from "fast-check";
import twilio from "twilio";
import { describe, expect, it } from "vitest";
import { signJson, signRequest, verifySignature } from "./signature.ts";
import { portVariants, signedUrl } from "./signed-url.ts";

const call = {
  url: "https://example.com/myapp.php?foo=1&bar=2",
  params: [
    ["Digits", "1234"],
    ["To", "+18005551212"],
    ["From", "+14158675310"],
    ["Caller", "+14158675310"],
    ["CallSid", "CA1234567890ABCDE"],
  ] as const,
  signature: "L/OH5YylLD5NRKLltdqwSvS0BnU=",
};
const json = '{"CallSid":"CA1234567890ABCDE","Caller":"+12349013030"}';

describe("signRequest", () => {
  it("signs the known call", () => {
    expect(signRequest({ token: "12345", ...call })).toBe(call.signature);
  });

  it("takes each value of a repeated name once, sorted", () => {
    const params = ["2", "1", "2"].map((value) => ["A", value] as const);
    expect(signRequest({ token: "12345", url: "https://example.com/x", params })).toBe("9nQKacgkuQIX5aDLmltCwScwtp4=");
  });

  it("signs no user info and no fragment", () => {
    const url = "https://user:p%40ss@example.com/myapp.php?foo=1&bar=2#rc=3";
    expect(signRequest({ token: "12345", url, params: call.params })).toBe(call.signature);
  });

  it("signs the body of a JSON request through its hash in the URL", () => {
    const hash = "5ccde7145dfb8f56479710896586cb9d5911809d83afbe34627818790db0aec9";
    expect(signJson({ token: "12345", url: "https://example.com/myapp", body: json })).toEqual({
      url: `https://example.com/myapp?bodySHA256=${hash}`,
      signature: "hPXmLwIy3Fgqv1i9KPmH/HhQ6zo=",
    });
    expect(signJson({ token: "t", url: "https://e.com/a?b=1#rc=1", body: "" }).url).toMatch(
      /^https:\/\/e\.com\/a\?b=1&bodySHA256=e3b0c442/,
    );
  });
});

describe("signedUrl", () => {
  it.each([
    ["https://example.com/sms?a=1&b=%7E+%20(x)'", "https://example.com/sms?a=1&b=%7E+%20(x)%27"],
    ["https://example.com/sms", "https://example.com/sms"],
    ["https://example.com", "https://example.com/"],
    ["https://Example.COM/Sms", "https://example.com/Sms"],
    ["https://example.com:443/x", "https://example.com:443/x"],
    ["https://example.com:8443/x", "https://example.com:8443/x"],
    ["http://u:p@[::1]:8080/x#rc=1", "http://[::1]:8080/x"],
    ["https://example.com/a/../b/ü?q=ö", "https://example.com/b/%C3%BC?q=%C3%B6"],
    ["/relative#x", "/relative"],
  ])("of %s is %s", (url, expected) => {
    expect(signedUrl(url)).toBe(expected);
  });

  it("is what a client requests", () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
        expect(signedUrl(url)).toBe(onTheWire(url));
      }),
    );
  });

  it("has variants with and without its port", () => {
    expect(portVariants("https://e.com/x")).toEqual(["https://e.com/x", "https://e.com:443/x"]);
    expect(portVariants("http://e.com:8080/x")).toEqual(["http://e.com:8080/x", "http://e.com/x"]);
    expect(portVariants("http://[::1]/x")).toEqual(["http://[::1]/x", "http://[::1]:80/x"]);
  });
});

const fields = fc.dictionary(
  fc.string({ minLength: 1, unit: "grapheme" }),
  fc.array(fc.string({ unit: "grapheme" }), { minLength: 1, maxLength: 3 }),
);
const webUrl = fc.webUrl({ withQueryParameters: true });
/** The URL as a receiver puts it together from a request. */
const onTheWire = (url: string): string => {
  const { protocol, host, pathname, search } = new URL(url);
  return `${protocol}//${host}${pathname}${search}`;
};
const token = fc.stringMatching(/^[0-9a-f]{32}$/);

describe("our signatures, checked by the npm package's validators", () => {
  it("are accepted for any form", () => {
    fc.assert(
      fc.property(token, webUrl, fields, (authToken, url, params) => {
        const pairs = Object.entries(params).flatMap(([name, values]) => values.map((value) => [name, value] as const));
        const signature = signRequest({ token: authToken, url, params: pairs });
        expect(twilio.validateRequest(authToken, signature, onTheWire(url), params)).toBe(true);
        expect(twilio.validateRequest(authToken, signature, onTheWire(url), { ...params, Forged: "1" })).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it("are accepted for any JSON body", () => {
    fc.assert(
      fc.property(token, webUrl, fc.json(), (authToken, url, body) => {
        const signed = signJson({ token: authToken, url, body });
        expect(twilio.validateRequestWithBody(authToken, signed.signature, signed.url, body)).toBe(true);
        expect(twilio.validateRequestWithBody(authToken, signed.signature, signed.url, `${body} `)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    "https://example.com:8443/sms?x=1",
    "http://127.0.0.1:5000/sms",
    "https://example.com:443/sms",
    "https://example.com",
  ])("are accepted by a receiver that sees %s on the wire", (url) => {
    const signature = signRequest({ token: "12345", url, params: [["A", "1"]] });
    expect(twilio.validateRequest("12345", signature, onTheWire(url), { A: "1" })).toBe(true);
  });
});

describe("verifySignature", () => {
  const check = { tokens: ["12345"], urls: [call.url], signature: call.signature, params: call.params };

  it("accepts what the SDK's own function signs, for any form", () => {
    fc.assert(
      fc.property(token, webUrl, fields, (authToken, url, params) => {
        const pairs = Object.entries(params).flatMap(([name, values]) => values.map((value) => [name, value] as const));
        const signature = twilio.getExpectedTwilioSignature(authToken, signedUrl(url), params);
        expect(verifySignature({ tokens: [authToken], urls: [url], signature, params: pairs })).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("accepts any of several tokens and any of several URLs", () => {
    expect(verifySignature({ ...check, tokens: ["new", "12345"], urls: ["https://internal/x", call.url] })).toBe(true);
    expect(verifySignature({ ...check, tokens: ["new", "other"] })).toBe(false);
    expect(verifySignature({ ...check, urls: ["https://internal/x"] })).toBe(false);
    expect(verifySignature({ ...check, tokens: [] })).toBe(false);
  });

  it("tolerates a standard port written or not, and a port that a proxy added", () => {
    const withPort = "https://example.com:443/myapp.php?foo=1&bar=2";
    expect(verifySignature({ ...check, urls: [withPort] })).toBe(true);
    expect(verifySignature({ ...check, signature: signRequest({ token: "12345", ...call, url: withPort }) })).toBe(
      true,
    );
    expect(verifySignature({ ...check, urls: ["https://example.com:8443/myapp.php?foo=1&bar=2"] })).toBe(true);
    expect(verifySignature({ ...check, urls: ["http://example.com/myapp.php?foo=1&bar=2"] })).toBe(false);
  });

  it("refuses other fields, an empty token, and nonsense for a signature", () => {
    expect(verifySignature({ ...check, params: call.params.slice(1) })).toBe(false);
    expect(verifySignature({ ...check, tokens: [""], signature: signRequest({ token: "", ...call }) })).toBe(false);
    for (const signature of ["", "x", "L/OH5YylLD5NRKLltdqwSvS0BnU", `${call.signature} `, "ü"]) {
      expect(verifySignature({ ...check, signature })).toBe(false);
    }
  });

  it("refuses a JSON body whose hash is not the one in the URL", () => {
    const signed = signJson({ token: "12345", url: "https://example.com/myapp", body: json });
    const jsonCheck = { tokens: ["12345"], urls: [signed.url], signature: signed.signature };
    expect(verifySignature({ ...jsonCheck, body: json })).toBe(true);
    expect(verifySignature({ ...jsonCheck, body: Buffer.from(json) })).toBe(true);
    expect(verifySignature({ ...jsonCheck, body: `${json} ` })).toBe(false);
    const unhashed = signRequest({ token: "12345", url: "https://example.com/myapp" });
    expect(
      verifySignature({ tokens: ["12345"], urls: ["https://example.com/myapp"], signature: unhashed, body: json }),
    ).toBe(false);
  });
});
