import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConnectionOverrides } from "./connection-overrides.ts";

const defaults = {
  connectTimeoutMs: 5000,
  readTimeoutMs: 15000,
  totalTimeoutMs: 15000,
  retryCount: 1,
  retryPolicy: { clientErrors: false, serverErrors: false, connectFailures: true, readTimeouts: false },
  verifyTls: true,
};
const all = { clientErrors: true, serverErrors: true, connectFailures: true, readTimeouts: true };

describe("parseConnectionOverrides", () => {
  it("gives the defaults for a URL without a fragment, and for a fragment that says nothing", () => {
    expect(parseConnectionOverrides("https://example.com/sms?a=1")).toEqual({
      url: "https://example.com/sms?a=1",
      ...defaults,
    });
    expect(parseConnectionOverrides("https://example.com/#top")).toEqual({ url: "https://example.com/", ...defaults });
  });

  it("reads every key", () => {
    expect(
      parseConnectionOverrides(
        "https://example.com/sms#ct=2000&rt=3000&tt=9000&rc=3&rp=5xx,ct,rt&sni=n&e=ashburn,dublin",
      ),
    ).toEqual({
      url: "https://example.com/sms",
      connectTimeoutMs: 2000,
      readTimeoutMs: 3000,
      totalTimeoutMs: 9000,
      retryCount: 3,
      retryPolicy: { clientErrors: false, serverErrors: true, connectFailures: true, readTimeouts: true },
      verifyTls: false,
    });
  });

  it("clamps numbers to their range", () => {
    const low = parseConnectionOverrides("https://e.com/#ct=1&rt=1&tt=0&rc=-4");
    expect(low).toMatchObject({ connectTimeoutMs: 100, readTimeoutMs: 100, totalTimeoutMs: 100, retryCount: 0 });
    const high = parseConnectionOverrides("https://e.com/#ct=99999&rt=99999&tt=99999&rc=77");
    expect(high).toMatchObject({ connectTimeoutMs: 10000, readTimeoutMs: 15000, totalTimeoutMs: 15000, retryCount: 5 });
  });

  it("ignores what makes no sense", () => {
    expect(parseConnectionOverrides("https://e.com/#ct=abc&rt=&tt=1e3&rc=1.5&rp=always&sni=maybe")).toEqual({
      url: "https://e.com/",
      ...defaults,
    });
  });

  it.each([
    ["all", all],
    ["4xx", { ...defaults.retryPolicy, clientErrors: true, connectFailures: false }],
    ["rt", { ...defaults.retryPolicy, readTimeouts: true, connectFailures: false }],
    ["5XX%2C ct", { ...defaults.retryPolicy, serverErrors: true }],
    ["nonsense,4xx", { ...defaults.retryPolicy, clientErrors: true, connectFailures: false }],
  ])("reads the retry policy %s", (text, policy) => {
    expect(parseConnectionOverrides(`https://e.com/#rp=${text}`).retryPolicy).toEqual(policy);
  });

  it("stays within every range and never keeps a fragment, whatever the URL", () => {
    fc.assert(
      fc.property(fc.webUrl(), fc.string(), (url, fragment) => {
        const read = parseConnectionOverrides(`${url}#${fragment}`);
        expect(read.url).toBe(url);
        expect(read.connectTimeoutMs >= 100 && read.connectTimeoutMs <= 10000).toBe(true);
        expect(read.retryCount >= 0 && read.retryCount <= 5).toBe(true);
      }),
    );
  });
});
