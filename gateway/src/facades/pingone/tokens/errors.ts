// Failures of the token endpoint, in OAuth's form (RFC 6749 section 5.2), which is not that of the other routes.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { GatewayError, toError } from "../../../core/errors.ts";
import { statusOfFrameworkError } from "../../listener.ts";

type OauthCode =
  | "invalid_request"
  | "invalid_client"
  | "unsupported_grant_type"
  | "unauthorized_client"
  | "temporarily_unavailable"
  | "server_error";

/** To be thrown; `values.oauth` is its code. */
export function oauthError(code: OauthCode, description: string): GatewayError {
  return new GatewayError(code === "invalid_client" ? "unauthenticated" : "invalid-parameter", description, {
    values: { oauth: code },
  });
}

interface Answer {
  readonly status: number;
  readonly error: OauthCode;
  readonly description: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function sendTokenError(
  log: Logger,
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { status, error, description, headers = {} } = answerFor(thrown, request);
  if (status >= 500) log.error({ err: toError(thrown), reqId: request.id }, "a token could not be granted");
  return reply
    .code(status)
    .headers({ "cache-control": "no-store", ...headers })
    .type("application/json;charset=UTF-8")
    .send(JSON.stringify({ error, error_description: description }));
}

function answerFor(thrown: unknown, request: FastifyRequest): Answer {
  if (thrown instanceof GatewayError) {
    const { code, message: description, values } = thrown;
    switch (code) {
      case "unauthenticated": {
        const headers = { "www-authenticate": 'Basic realm="PingOne"' };
        return { status: 401, error: "invalid_client", description, headers };
      }
      case "account-not-active":
        return { status: 400, error: "unauthorized_client", description };
      case "rate-limited": {
        const headers = { "retry-after": values["retryAfterSeconds"] ?? "60" };
        return { status: 429, error: "temporarily_unavailable", description, headers };
      }
      case "database-unavailable":
      case "draining": {
        const headers = { "retry-after": "2" };
        return { status: 503, error: "temporarily_unavailable", description: "Try again shortly.", headers };
      }
      case "not-found":
        return { status: 404, error: "invalid_request", description };
      case "method-not-allowed":
        return { status: 405, error: "invalid_request", description };
      case "body-too-large":
        return { status: 413, error: "invalid_request", description };
      case "invalid-parameter":
        return { status: 400, error: (values["oauth"] as OauthCode | undefined) ?? "invalid_request", description };
      default:
    }
  }
  const status = statusOfFrameworkError(thrown);
  // Another media type is as a form without fields.
  if (status !== undefined) {
    const description = toError(thrown).message;
    return { status: status === 415 ? 400 : status, error: "invalid_request", description };
  }
  const description = `Something went wrong in the gateway. Its log has it as ${request.id}.`;
  return { status: 500, error: "server_error", description };
}
