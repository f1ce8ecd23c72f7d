// Has the upstream of this provider signed this call? With any of the auth tokens that may be current, over any URL that
// it may have called. There is no limit on failures by address: all upstreams may come through one proxy, and a token
// cannot be guessed.

import type { FastifyRequest } from "fastify";
import type { UpstreamUrls } from "../../../core/callbacks/upstream-url.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { ReportingProvider } from "../../../core/providers/provider.ts";
import { verifySignature } from "../../../core/signature/signature.ts";
import { candidateUrls } from "./candidate-urls.ts";
import type { HookCall } from "./fields.ts";

/** During a rotation either may sign. */
export function tokensOf({ secrets }: Pick<ReportingProvider, "secrets">): string[] {
  return [secrets["authToken"], secrets["secondaryAuthToken"]].filter(
    (token) => token !== undefined && token !== "",
  ) as string[];
}

export function signatureOf(request: FastifyRequest): string | null {
  const header = request.headers["x-twilio-signature"];
  return typeof header === "string" && header !== "" ? header : null;
}

export function isSigned(
  urls: UpstreamUrls,
  provider: ReportingProvider,
  request: FastifyRequest,
  call: HookCall,
): boolean {
  const signature = signatureOf(request);
  if (signature === null) return false;
  const { signed: params } = call;
  return verifySignature({ tokens: tokensOf(provider), urls: urlsOf(urls, provider, request), signature, params });
}

function urlsOf(urls: UpstreamUrls, provider: ReportingProvider, request: FastifyRequest): string[] {
  const { headers, raw, protocol, host, ips = [] } = request;
  const port = headers["x-forwarded-port"];
  return candidateUrls({
    path: raw.url ?? "/",
    base: urls.baseFor(provider),
    protocol,
    host,
    hostHeader: headers.host,
    // More than one address: the connection's own end is a trusted proxy.
    forwardedPort: ips.length > 1 && typeof port === "string" ? port : undefined,
  });
}

export function badSignature(): GatewayError {
  return new GatewayError(
    "forbidden",
    "X-Twilio-Signature does not fit: it was made with another auth token, or over another URL than those under which " +
      "this gateway is known. Check the provider's auth token; set TRUNKLINE_PUBLIC_URL to the URL that the upstream " +
      "calls, or name the reverse proxies in TRUNKLINE_TRUSTED_PROXIES.",
  );
}
