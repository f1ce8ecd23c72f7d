import { describe, expect, it } from "vitest";
import { isConnectionFailure } from "./connection-failure.ts";

describe("isConnectionFailure", () => {
  it.each([
    "ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:9",
    "ENOTFOUND: getaddrinfo ENOTFOUND sms.example.com",
    "EAI_AGAIN: getaddrinfo EAI_AGAIN sms.example.com",
    "ETIMEDOUT: connect ETIMEDOUT 192.0.2.1:443",
    "DEPTH_ZERO_SELF_SIGNED_CERT: self-signed certificate",
    "CERT_HAS_EXPIRED: certificate has expired",
    "ERR_TLS_CERT_ALTNAME_INVALID: Hostname/IP does not match certificate's altnames",
    "Connect Timeout Error (attempted address: 192.0.2.1:443, timeout: 10000ms)",
  ])("a server that was never reached: %s", (reason) => expect(isConnectionFailure(reason)).toBe(true));

  it.each(["429: Too Many Requests", "20503: Service unavailable", "503: ECONNREFUSED, says the upstream", ""])(
    "a server that answered: %s",
    (reason) => expect(isConnectionFailure(reason)).toBe(false),
  );
});
