// Failures of the authorization server's own routes, in OAuth's form (RFC 6749 section 5.2). The library words its own.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { GatewayError, isDatabaseAway, toError } from "../../core/errors.ts";
import { statusOfFrameworkError } from "../listener.ts";

export interface OauthError {
  readonly error: string;
  readonly error_description: string;
}

export function sendOauthError(reply: FastifyReply, status: number, error: OauthError): FastifyReply {
  return reply
    .code(status)
    .headers({ "content-type": "application/json; charset=utf-8", "cache-control": "no-store" })
    .send(JSON.stringify(error));
}

/** Sends any thrown value; the error handler of the facade. */
export function sendFailure(log: Logger, thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const isAway = isDatabaseAway(thrown) || (thrown instanceof GatewayError && thrown.code === "draining");
  if (isAway) {
    log.warn({ err: toError(thrown), reqId: request.id }, "the authorization server could not serve a call");
    const description = "The gateway is stopping or cannot reach its database. Try again shortly.";
    reply.header("retry-after", "2");
    return sendOauthError(reply, 503, { error: "temporarily_unavailable", error_description: description });
  }
  const isTooLarge = thrown instanceof GatewayError && thrown.code === "body-too-large";
  const status = isTooLarge ? 413 : statusOfFrameworkError(thrown);
  if (status !== undefined) {
    return sendOauthError(reply, status, { error: "invalid_request", error_description: toError(thrown).message });
  }
  log.error({ err: toError(thrown), reqId: request.id }, "a call of the authorization server failed");
  const description = `Something went wrong in the gateway. Its log has it as ${request.id}.`;
  return sendOauthError(reply, 500, { error: "server_error", error_description: description });
}
