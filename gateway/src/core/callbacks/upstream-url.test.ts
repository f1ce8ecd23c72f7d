import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AccountSid, type MessageSid, newUuid, sidOf } from "../ids.ts";
import { createUpstreamUrls, type UpstreamUrlsOptions } from "./upstream-url.ts";

const key = randomBytes(32);
const options: UpstreamUrlsOptions = {
  keys: [key],
  publicUrl: "https://sms.example.com/base",
  listeningOrigin: () => "http://127.0.0.1:8770",
  twilioBaseUrl: null,
};
const provider = (config: Record<string, unknown> = {}) => ({
  accountSid: sidOf<AccountSid>("AC", newUuid()),
  id: newUuid(),
  config,
});
const attempt = { messageSid: sidOf<MessageSid>("SM", newUuid()), attempt: 2 };
const macOf = (url: string | null): string => String(url).split("/").at(-1) ?? "";

describe("the URLs given to upstreams", () => {
  it("are on the public URL, and each proves what it is for", () => {
    const urls = createUpstreamUrls(options);
    const one = provider();
    const url = urls.statusCallbackUrl(one, attempt);
    expect(url).toMatch(
      new RegExp(
        `^https://sms\\.example\\.com/base/hooks/twilio/${one.id}/status/${attempt.messageSid}/2/[0-9a-f]{32}$`,
      ),
    );
    const mac = macOf(url);
    expect(urls.isStatusMac(one, attempt, mac)).toBe(true);
    expect(urls.isStatusMac(one, { ...attempt, attempt: 1 }, mac)).toBe(false);
    expect(urls.isStatusMac(one, { ...attempt, messageSid: sidOf("SM", newUuid()) }, mac)).toBe(false);
    expect(urls.isStatusMac({ ...one, id: newUuid() }, attempt, mac)).toBe(false);
    expect(urls.isStatusMac({ ...one, accountSid: sidOf("AC", newUuid()) }, attempt, mac)).toBe(false);
    expect(urls.isInboundMac(one, mac)).toBe(false);
    const inbound = urls.inboundUrl(one);
    expect(urls.isInboundMac(one, macOf(inbound))).toBe(true);
    expect(urls.isInboundMac(provider(), macOf(inbound))).toBe(false);
  });

  it("hold while the master key is rotated", () => {
    const one = provider();
    const mac = macOf(createUpstreamUrls(options).statusCallbackUrl(one, attempt));
    const rotated = createUpstreamUrls({ ...options, keys: [randomBytes(32), key] });
    expect(rotated.isStatusMac(one, attempt, mac)).toBe(true);
    expect(macOf(rotated.statusCallbackUrl(one, attempt))).not.toBe(mac);
    expect(createUpstreamUrls({ ...options, keys: [randomBytes(32)] }).isStatusMac(one, attempt, mac)).toBe(false);
  });

  it("cannot be made up: no other text is a MAC, and none is an error", () => {
    const urls = createUpstreamUrls(options);
    const one = provider();
    const mac = macOf(urls.statusCallbackUrl(one, attempt));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f]{0,40}$/)), (text) => {
        fc.pre(text.toLowerCase() !== mac);
        expect(urls.isStatusMac(one, attempt, text)).toBe(false);
      }),
    );
    for (const text of ["", mac.slice(1), `${mac}0`, "0".repeat(32)]) {
      expect(urls.isStatusMac(one, attempt, text)).toBe(false);
    }
  });

  it("need a public URL, unless gateway and upstream are both on the loopback", () => {
    const without = createUpstreamUrls({ ...options, publicUrl: null });
    expect(without.statusCallbackUrl(provider(), attempt)).toBeNull();
    expect(without.statusCallbackUrl(provider({ baseUrl: "https://sms.example.net" }), attempt)).toBeNull();
    for (const baseUrl of ["http://127.0.0.1:9000/x", "http://localhost:1", "http://[::1]:5"]) {
      expect(without.statusCallbackUrl(provider({ baseUrl }), attempt)).toMatch(/^http:\/\/127\.0\.0\.1:8770\/hooks\//);
    }
    const elsewhere = createUpstreamUrls({ ...options, publicUrl: null, listeningOrigin: () => null });
    expect(elsewhere.inboundUrl(provider({ baseUrl: "http://127.0.0.1:9000" }))).toBeNull();
  });

  it("are not given for reports that are to be asked for", () => {
    const urls = createUpstreamUrls(options);
    expect(urls.statusCallbackUrl(provider({ reports: "polling" }), attempt)).toBeNull();
    expect(urls.reportsAreCalledBack(provider({ reports: "polling" }))).toBe(false);
    expect(urls.reportsAreCalledBack(provider({ reports: "callback" }))).toBe(true);
    expect(urls.inboundUrl(provider({ reports: "polling" }))).not.toBeNull();
  });
});
