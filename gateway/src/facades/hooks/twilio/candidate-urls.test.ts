import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { signRequest, verifySignature } from "../../../core/signature/signature.ts";
import { candidateUrls } from "./candidate-urls.ts";

const token = "0123456789abcdef0123456789abcdef";
const hostName = fc.stringMatching(/^[a-z][a-z0-9]{0,8}\.example(:[1-9][0-9]{1,3})?$/);
const path = fc
  .tuple(
    fc.constantFrom("/hooks/twilio/x/inbound", "/hooks/twilio/x/status/SM1/1/aa"),
    fc.webQueryParameters({ size: "small" }),
  )
  .map(([name, query]) => (query === "" ? name : `${name}?${query}`));

describe("the URLs that an upstream may have called", () => {
  it("include the one that it called, however the proxy in between tells of it", () => {
    fc.assert(
      fc.property(
        path,
        fc.constantFrom("http", "https"),
        hostName,
        fc.constantFrom("configured", "forwarded", "forwarded without port", "passed on"),
        (called, protocol, host, how) => {
          const [name, port] = host.split(":");
          const urls = candidateUrls({
            path: called,
            base: how === "configured" ? `${protocol}://${host}` : null,
            protocol: how === "configured" ? "http" : protocol,
            host: how === "forwarded" ? host : how === "forwarded without port" ? String(name) : "10.0.0.1:8770",
            hostHeader: how === "passed on" ? host : "10.0.0.1:8770",
            forwardedPort: how === "forwarded without port" ? port : undefined,
          });
          const params = [["From", "+12025550123"]] as const;
          const signature = signRequest({ token, url: `${protocol}://${host}${called}`, params });
          expect(verifySignature({ tokens: ["other", token], urls, signature, params })).toBe(true);
          const elsewhere = signRequest({ token, url: `${protocol}://elsewhere.example${called}`, params });
          expect(verifySignature({ tokens: [token], urls, signature: elsewhere, params })).toBe(false);
        },
      ),
    );
  });

  it("are each there once, and never made of what is not there", () => {
    const path = "/hooks/twilio/x/inbound";
    const seen = { path, base: "http://a.example", protocol: "http", host: "a.example", hostHeader: "a.example" };
    expect(candidateUrls({ ...seen, forwardedPort: undefined })).toEqual([`http://a.example${path}`]);
    expect(candidateUrls({ ...seen, base: null, host: "", hostHeader: undefined, forwardedPort: "x" })).toEqual([]);
  });
});
