// Lets the library oidc-provider answer a request: it gets a copy, and what it answers comes back as a value. So whatever it
// does to request and response stays with it, and every answer leaves by the listener's own way, over any version of HTTP.

import type { IncomingHttpHeaders, OutgoingHttpHeaders, RequestListener } from "node:http";
import type { FastifyRequest } from "fastify";
import { inject } from "light-my-request";

export interface ProviderAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

export interface ProviderRequest {
  readonly request: FastifyRequest;
  /** Where the request counts as having come in: the issuer. */
  readonly issuer: string;
  /** The body as it goes on; empty: none. */
  readonly body: string;
  /** Path and query as they go on. Default: the request's. */
  readonly url?: string;
}

/** Said anew of the copy, or of no meaning for it. */
const notPassedOn =
  /^(?::.*|host|connection|keep-alive|upgrade|expect|te|forwarded|x-forwarded-.*|transfer-encoding|content-length)$/;
const notPassedBack = /^(?:connection|keep-alive|transfer-encoding|content-length|date)$/;

export async function askProvider(
  listener: RequestListener,
  { request, issuer, body, url }: ProviderRequest,
): Promise<ProviderAnswer> {
  const { host, protocol } = new URL(issuer);
  const answer = await inject(listener, {
    // What is no method of the path was refused before.
    method: request.method,
    url: url ?? request.url,
    headers: { ...passedOn(request.headers), host, "x-forwarded-proto": protocol.slice(0, -1) },
    remoteAddress: request.ip,
    ...(body === "" ? {} : { payload: body }),
    validate: false,
  });
  const headers = Object.entries(answer.headers).filter(([name]) => !notPassedBack.test(name));
  return { status: answer.statusCode, headers: Object.fromEntries(headers), body: answer.rawPayload };
}

function passedOn(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !notPassedOn.test(name)));
}
