// Signed requests at the door: noticed when a call is opened, checked once its body is there and before its route runs.
// A call that neither has the header nor needs it costs two look-ups. Must not let a call pass unchecked that needs it.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { GatewayError, toError } from "../../core/errors.ts";
import type { SignedOrigin } from "../../core/signed-requests/canonical-request.ts";
import type { VerifySignedRequest } from "../../services/signed-requests.ts";
import { pathOf, type TwilioCall } from "./call.ts";

const headerName = "twilio-client-validation";
const noBody = Buffer.alloc(0);

/** Notes what is to be checked of an authenticated call. Throws `signed-request-required`. */
export function noteSignature(request: FastifyRequest, call: TwilioCall): void {
  if (call.principal === null) return;
  const token = request.headers[headerName];
  if (token === undefined) {
    if (!call.principal.requiresSignedRequests) return;
    throw new GatewayError("signed-request-required", "This account takes signed requests only.");
  }
  call.signature = { token: String(token), body: noBody };
}

/** Keeps the bytes of a body for the check. */
export function noteBody(request: FastifyRequest, body: Buffer): void {
  const signature = request.twilio?.signature;
  if (signature) signature.body = body;
}

/** Adds the check to every route of the plugin. */
export function checkSignatures(app: FastifyInstance, verify: VerifySignedRequest): void {
  app.addHook("preHandler", (request, _reply, done) => {
    const call = request.twilio;
    if (!call?.signature || call.principal === null) {
      done();
      return;
    }
    const { token, body } = call.signature;
    const url = request.raw.url ?? "";
    const query = url.includes("?") ? url.slice(url.indexOf("?") + 1) : "";
    const origins = originsOf(request);
    const { method } = request;
    const signed = { method, path: pathOf(request), query, headers: headersOf(request), origins, body };
    verify({ principal: call.principal, token, request: signed }).then(
      () => done(),
      (error: unknown) => done(toError(error)),
    );
  });
}

function headersOf(request: FastifyRequest): ReadonlyMap<string, string> {
  const entries = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value ?? "")]);
  return new Map(entries);
}

/** The Host header; what a trusted proxy says that it was; and the gateway's own public address. */
function originsOf(request: FastifyRequest): readonly SignedOrigin[] {
  const origins: SignedOrigin[] = [{ host: request.headers.host ?? "", pathPrefix: "" }];
  if (request.host !== request.headers.host) origins.push({ host: request.host, pathPrefix: "" });
  const { configuredPublicUrl } = request.server;
  if (configuredPublicUrl !== null) {
    const { host, pathname } = new URL(configuredPublicUrl);
    origins.push({ host, pathPrefix: pathname.replace(/\/$/, "") });
  }
  return origins;
}
