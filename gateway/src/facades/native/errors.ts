// Errors in the native dialect: `{ error: { code, message, details? } }`. The codes are those of the gateway's own
// closed union; whatever is not in it is a 500 whose id the log has too, and says nothing of its reason.

import type { FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { GatewayError, type GatewayErrorCode, toError } from "../../core/errors.ts";
import { statusOfFrameworkError } from "../listener.ts";

/** What is not here is a 400: something about the message or the field is wrong. */
const statuses: Readonly<Partial<Record<GatewayErrorCode, number>>> = {
  unauthenticated: 401,
  forbidden: 403,
  "account-not-active": 403,
  "signed-request-required": 403,
  "not-found": 404,
  "service-not-found": 404,
  "method-not-allowed": 405,
  conflict: 409,
  "idempotency-conflict": 409,
  "not-complete": 409,
  "sender-in-service": 409,
  "sender-in-other-service": 409,
  "not-cancelable": 409,
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

export interface ErrorDetail {
  /** `body`, `querystring`, `params` or `headers`. */
  readonly in: string;
  /** Dotted path; empty: the whole. */
  readonly field: string;
  readonly message: string;
}

interface ErrorAnswer {
  readonly status: number;
  readonly code: GatewayErrorCode;
  readonly message: string;
  readonly details?: readonly ErrorDetail[];
  /** How far it came before it broke off. */
  readonly progress?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A 400 for fields that a schema cannot judge (they depend on what is stored). */
export function invalidFields(details: readonly ErrorDetail[]): GatewayError {
  const message = details.map(({ field, message }) => `${field}: ${message}`).join("; ");
  return new GatewayError("invalid-parameter", message, { values: { details: JSON.stringify(details) } });
}

/** Sends any thrown value; the error handler of the native facade. */
export function sendError(log: Logger, thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, code, message, details, progress, headers } = answerFor(thrown, request);
  if (status >= 500 && status !== 503) log.error({ err: toError(thrown), reqId: request.id }, "a native call failed");
  else if (status === 503) log.warn({ err: toError(thrown), reqId: request.id }, "a native call could not be served");
  if (headers !== undefined) reply.headers(headers);
  const more = { ...(details === undefined ? {} : { details }), ...(progress === undefined ? {} : { progress }) };
  const error = { code, message, ...more };
  // Past the serializer of the route: an error need not fit the schema of an answer.
  return reply
    .code(status)
    .header("content-type", "application/json; charset=utf-8")
    .serializer(JSON.stringify)
    .send({ error });
}

function answerFor(thrown: unknown, request: FastifyRequest): ErrorAnswer {
  if (thrown instanceof GatewayError) return gatewayAnswer(thrown, request);
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const place = thrown.validationContext ?? "request";
    const details = thrown.validation.map((issue) => ({
      in: place,
      field: issue.instancePath.slice(1).replaceAll("/", "."),
      message: issue.message ?? "is wrong",
    }));
    const message = details.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`)).join("; ");
    return { status: 400, code: "invalid-parameter", message, details };
  }
  const status = statusOfFrameworkError(thrown);
  if (status === undefined) return internalAnswer(request);
  return { status, code: frameworkCodes[status] ?? "invalid-parameter", message: toError(thrown).message };
}

function gatewayAnswer(error: GatewayError, request: FastifyRequest): ErrorAnswer {
  const status = statuses[error.code] ?? 400;
  if (status === 500) return internalAnswer(request);
  const retryAfter = error.values["retryAfterSeconds"] ?? (status === 503 ? "2" : undefined);
  const details = error.values["details"];
  const progress = error.values["progress"];
  return {
    status,
    code: error.code,
    message: error.message,
    ...(details === undefined ? {} : { details: JSON.parse(details) as ErrorDetail[] }),
    ...(progress === undefined ? {} : { progress: JSON.parse(progress) as unknown }),
    headers: {
      ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
      ...(status === 401 ? { "www-authenticate": 'Bearer realm="Trunkline"' } : {}),
    },
  };
}

function internalAnswer(request: FastifyRequest): ErrorAnswer {
  const message = `Something went wrong in the gateway. Its log has it as ${request.id}.`;
  return { status: 500, code: "internal", message };
}
