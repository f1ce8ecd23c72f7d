// One callback as an HTTP request: signed with the account's current tokens, shaped like Twilio's, sent with the
// URL's own connection overrides and the quick retries that they ask for.

import type { Egress, EgressResponse } from "../../carriers/egress.ts";
import { type ConnectionOverrides, parseConnectionOverrides } from "../../core/callbacks/connection-overrides.ts";
import { type FormFields, signRequest } from "../../core/signature/signature.ts";

/** What an account's callbacks are signed with. */
export interface SigningTokens {
  /** The primary auth token. */
  readonly primary: string;
  /** The secondary auth token, while there is one. */
  readonly secondary: string | null;
}

export interface CallbackRequest {
  /** With its fragment. */
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly tokens: SigningTokens;
  /** The same for every try of one callback. */
  readonly idempotencyToken: string;
  /** False: the answer's body does not matter. */
  readonly readBody: boolean;
  readonly signal: AbortSignal;
}

const FORM = "application/x-www-form-urlencoded; charset=UTF-8";

/** Never rejects. All tries together stay within the total time of the overrides, 15 s at the most. */
export async function sendSigned(egress: Egress, request: CallbackRequest): Promise<EgressResponse> {
  const overrides = parseConnectionOverrides(request.url);
  const startedMs = performance.now();
  let response = await sendOnce(egress, request, overrides, overrides.totalTimeoutMs);
  for (let retry = 0; retry < overrides.retryCount && worthRetry(response, overrides); retry++) {
    const leftMs = overrides.totalTimeoutMs - (performance.now() - startedMs);
    if (leftMs < 1 || request.signal.aborted) break;
    response = await sendOnce(egress, request, overrides, leftMs);
  }
  return response;
}

function sendOnce(
  egress: Egress,
  request: CallbackRequest,
  overrides: ConnectionOverrides,
  totalTimeoutMs: number,
): Promise<EgressResponse> {
  const form = new URLSearchParams(request.fields.map(([name, value]): [string, string] => [name, value])).toString();
  const isGet = request.method === "GET";
  return egress.request({
    url: isGet ? withQuery(overrides.url, form) : overrides.url,
    method: request.method,
    ...(isGet ? {} : { body: form }),
    // per hop: a redirect's target can then check the signature with the URL that it sees
    headers: (hop) => ({
      "content-type": FORM,
      "user-agent": "TwilioProxy/1.1",
      ...signatures(request.tokens, { url: hop.url, params: hop.body === null ? [] : request.fields }),
      "i-twilio-idempotency-token": request.idempotencyToken,
    }),
    connectTimeoutMs: overrides.connectTimeoutMs,
    readTimeoutMs: overrides.readTimeoutMs,
    totalTimeoutMs,
    verifyTls: overrides.verifyTls,
    readBody: request.readBody,
    signal: request.signal,
  });
}

/**
 * While an account has two tokens, a header of our own has the signature of the secondary one: a receiver that knows only
 * that token already can check it.
 */
function signatures(
  { primary, secondary }: SigningTokens,
  signed: { readonly url: string; readonly params: FormFields },
): Record<string, string> {
  return {
    "x-twilio-signature": signRequest({ token: primary, ...signed }),
    ...(secondary === null ? {} : { "x-trunkline-signature-secondary": signRequest({ token: secondary, ...signed }) }),
  };
}

function withQuery(url: string, query: string): string {
  if (!url.includes("?")) return `${url}?${query}`;
  return /[?&]$/.test(url) ? url + query : `${url}&${query}`;
}

function worthRetry(response: EgressResponse, { retryPolicy }: ConnectionOverrides): boolean {
  if (response.kind === "answer") {
    if (response.status >= 500) return retryPolicy.serverErrors;
    return response.status >= 400 && retryPolicy.clientErrors;
  }
  switch (response.reason) {
    case "connect-timeout":
    case "refused":
    case "connection-failed":
    case "host-not-found":
    case "tls":
      return retryPolicy.connectFailures;
    case "read-timeout":
      return retryPolicy.readTimeouts;
    default:
      return false;
  }
}
