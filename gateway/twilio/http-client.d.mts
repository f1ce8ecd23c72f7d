import type RequestClient from "twilio/lib/base/RequestClient.js";

/**
 * An HTTP client for `twilio(accountSid, authToken, { httpClient })` that sends every request to the gateway.
 * `gatewayUrl` may have a path; `options` are those of Twilio's own RequestClient.
 */
export function httpClient(gatewayUrl: string, options?: RequestClient.RequestClientOptions): RequestClient;
