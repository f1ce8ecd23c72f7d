// Errors of hooks: `{ error: { code, message } }` with a status that tells the caller whether to come again. Callers are
// machines that show the answer to their operator, so messages say what to set up.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { GatewayError, type GatewayErrorCode, toError } from "../../core/errors.ts";
import { statusOfFrameworkError } from "../listener.ts";

/** What is not here is a 400. */
const statuses: Readonly<Partial<Record<GatewayErrorCode, number>>> = {
  unauthenticated: 401,
  forbidden: 403,
  "account-not-active": 403,
  "not-found": 404,
  "method-not-allowed": 405,
  conflict: 409,
  "idempotency-conflict": 409,
  "body-too-large": 413,
  "unsupported-media-type": 415,
  "rate-limited": 429,
  "queue-full": 429,
  internal: 500,
  "database-unavailable": 503,
  "query-too-slow": 503,
  draining: 503,
};

const frameworkCodes: Readonly<Record<number, GatewayErrorCode>> = {
  404: "not-found",
  405: "method-not-allowed",
  413: "body-too-large",
  415: "unsupported-media-type",
};

export function sendHookError(
  log: Logger,
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { status, code, message } = answerFor(thrown, request);
  if (status >= 500) {
    const line = { err: toError(thrown), reqId: request.id };
    if (status === 503) log.warn(line, "a hook could not be served");
    else log.error(line, "a hook failed");
  }
  if (status === 503) reply.header("retry-after", "2");
  return reply
    .code(status)
    .header("content-type", "application/json; charset=utf-8")
    .send({ error: { code, message } });
}

function answerFor(
  thrown: unknown,
  request: FastifyRequest,
): { readonly status: number; readonly code: GatewayErrorCode; readonly message: string } {
  if (thrown instanceof GatewayError && thrown.code !== "internal") {
    return { status: statuses[thrown.code] ?? 400, code: thrown.code, message: thrown.message };
  }
  const status = statusOfFrameworkError(thrown);
  if (status !== undefined) {
    return { status, code: frameworkCodes[status] ?? "invalid-parameter", message: toError(thrown).message };
  }
  const message = `Something went wrong in the gateway. Its log has it as ${request.id}.`;
  return { status: 500, code: "internal", message };
}
