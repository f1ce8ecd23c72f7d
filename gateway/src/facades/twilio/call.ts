// One call of the facade: what is known of a request beside Fastify's own, and the one way in which answers leave, with
// the headers that every answer of Twilio's has.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { Principal } from "../../core/access/principal.ts";
import { GatewayError } from "../../core/errors.ts";
import type { AccountSid } from "../../core/ids.ts";
import type { Concurrency } from "./concurrency.ts";
import { emptyForm, type Form } from "./form.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Of the Twilio facade's requests only. */
    twilio: TwilioCall | null;
  }
}

/** One of Twilio's APIs: what its calls have of their own. */
export interface TwilioApi {
  /** What a browser is told that it may call. */
  readonly allowedMethods: string;
  /** The format of the answers at a path. */
  formatOf(path: string): "json" | "xml";
  /** The account that the path names; empty: the caller's own is meant. */
  accountIn(request: FastifyRequest): string;
  /** Is the account that the path names the very resource that the call is about? */
  isAccountItself?(request: FastifyRequest): boolean;
  /** True for a call that needs no credentials; opens it as far as that is possible without. */
  openWithoutCredentials(request: FastifyRequest, call: TwilioCall): boolean;
}

export interface TwilioCall {
  readonly api: TwilioApi;
  readonly startedMs: number;
  readonly concurrency: Concurrency;
  /** Null until authenticated, and for what needs no credentials. */
  principal: Principal | null;
  /** The account that is acted on, once the caller has been found to have access. */
  accountSid: AccountSid | null;
  /** The account that the call counts for. */
  countedFor: AccountSid | null;
  /** Of a signed request: what is checked before its route runs. */
  signature: { readonly token: string; body: Uint8Array } | null;
}

/** The principal and the account that is acted on; only routes behind authentication may ask. */
export function callerOf(request: FastifyRequest): { readonly principal: Principal; readonly accountSid: AccountSid } {
  const principal = request.twilio?.principal;
  if (!principal) throw new Error("a route behind authentication was reached without a principal");
  return { principal, accountSid: accountOf(request) };
}

/** The account that is acted on; of a public request, too. */
export function accountOf(request: FastifyRequest): AccountSid {
  const accountSid = request.twilio?.accountSid;
  if (!accountSid) throw new Error("a route of an account was reached without one");
  return accountSid;
}

/** The path as requested, without query. */
export function pathOf(request: FastifyRequest): string {
  const url = request.raw.url ?? "";
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}

/** The path as 404s name it: as requested, but the product APIs leave their version out (`/Services/MG…`). */
export function resourcePathOf(request: FastifyRequest): string {
  return pathOf(request).replace(/^\/v\d+(?=\/)/, "");
}

/** Sends an answer. `headers`: beside those of every answer. */
export function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, contentType, body, headers }: Answer,
): FastifyReply {
  const call = request.twilio;
  reply.code(status).headers({
    "twilio-request-id": request.id,
    "twilio-request-duration": ((performance.now() - (call?.startedMs ?? performance.now())) / 1000).toFixed(3),
    "twilio-concurrent-requests": String(call?.countedFor ? call.concurrency.of(call.countedFor) : 1),
    "access-control-allow-origin": "*",
    "access-control-allow-headers":
      "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, Idempotency-Key",
    "access-control-allow-methods": call?.api.allowedMethods ?? "GET, POST, DELETE, OPTIONS",
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "ETag, Twilio-Request-Id, Idempotent-Replayed",
  });
  if (contentType !== undefined) reply.header("content-type", contentType);
  if (headers !== undefined) reply.headers(headers);
  return reply.send(body);
}

export interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The form of the request's body; empty for a body of another type. */
export function formOf(request: FastifyRequest): Form {
  return (request.body as Form | undefined | null) ?? emptyForm;
}

/** The parameters of the request's query. */
export function queryOf(request: FastifyRequest): Form {
  return request.query as Form;
}

/** `not-found` for the path as requested. */
export function notFound(request: FastifyRequest): GatewayError {
  return new GatewayError("not-found", "There is no such resource.", { values: { path: resourcePathOf(request) } });
}
