import fc from "fast-check";
import twilio from "twilio";
import { describe, expect, it } from "vitest";
import { signJson } from "../../src/core/signature/signature.ts";
import { checkWebhook } from "./webhook.ts";

const token = fc.stringMatching(/^[0-9a-f]{32}$/);
const webUrl = fc.webUrl({ withQueryParameters: true });
const fields = fc.dictionary(
  fc.string({ minLength: 1, unit: "grapheme" }),
  fc.array(fc.string({ unit: "grapheme" }), { minLength: 1, maxLength: 3 }),
  { minKeys: 1 },
);
const bodyOf = (params: Readonly<Record<string, readonly string[]>>) =>
  new URLSearchParams(
    Object.entries(params).flatMap(([name, values]) => values.map((value): [string, string] => [name, value])),
  );

function check(signature: string, parts: { url: string; key: string; body?: string; contentType?: string }) {
  const { url, key, body = "", contentType = "application/x-www-form-urlencoded" } = parts;
  const headers = { "X-Twilio-Signature": signature, "Content-Type": contentType };
  return checkWebhook({ headers, body: [body], query: {} }, { keys: [key], urls: [url] }).valid;
}

describe("checkWebhook", () => {
  it("takes what Twilio's SDK signs, for any form", () => {
    fc.assert(
      fc.property(token, webUrl, fields, (key, given, params) => {
        const body = bodyOf(params).toString();
        // As a URL is written, and as clients normalize it.
        for (const url of [given, new URL(given).href]) {
          const signature = twilio.getExpectedTwilioSignature(key, url, params);
          expect(check(signature, { url, key, body })).toBe(true);
          expect(check(signature, { url, key, body: `${body}&Forged=1` })).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("takes any JSON body that the gateway signs, and no other body for it", () => {
    fc.assert(
      fc.property(token, webUrl, fc.json(), (key, given, body) => {
        const { url, signature } = signJson({ token: key, url: given, body });
        const contentType = "application/json";
        expect(check(signature, { url, key, body, contentType })).toBe(true);
        expect(check(signature, { url, key, body: `${body} `, contentType })).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});
