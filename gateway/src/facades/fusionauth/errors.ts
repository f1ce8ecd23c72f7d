// Errors in FusionAuth's words: the Errors object for what the request has wrong, empty answers for everything else. Codes are
// `[kind]field` and `[Kind]`: clients decide, and translate, by them.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { GatewayError, type GatewayErrorCode, toError } from "../../core/errors.ts";
import { statusOfFrameworkError } from "../listener.ts";

export interface FusionAuthError {
  readonly code: string;
  readonly message: string;
}

export interface Errors {
  readonly fieldErrors: Readonly<Record<string, readonly FusionAuthError[]>>;
  readonly generalErrors: readonly FusionAuthError[];
}

/** One field error, under `[kind]field`. */
export function fieldError(kind: string, field: string, message: string): Errors {
  return { fieldErrors: { [field]: [{ code: `[${kind}]${field}`, message }] }, generalErrors: [] };
}

export function generalError(kind: string, message: string): Errors {
  return { fieldErrors: {}, generalErrors: [{ code: `[${kind}]`, message }] };
}

/** `property`: of a field that can be named, its path; else it is a general error. */
export function invalidJson(property: string, error: string, detail: string, field?: string): Errors {
  const message = `Invalid JSON in the request body. The property was [${property}]. The error was [${error}]. The detailed exception was [${detail}].`;
  if (field === undefined) return generalError("invalidJSON", message);
  return { fieldErrors: { [field]: [{ code: "[invalidJSON]", message }] }, generalErrors: [] };
}

function joinErrors(all: readonly Errors[]): Errors {
  const fieldErrors: Record<string, FusionAuthError[]> = {};
  for (const { fieldErrors: fields } of all) {
    for (const [field, errors] of Object.entries(fields))
      fieldErrors[field] = [...(fieldErrors[field] ?? []), ...errors];
  }
  return { fieldErrors, generalErrors: all.flatMap(({ generalErrors }) => generalErrors) };
}

/** A 400 with these errors. */
export function refuse(...all: readonly Errors[]): GatewayError {
  const errors = joinErrors(all);
  const messages = [...Object.values(errors.fieldErrors).flat(), ...errors.generalErrors].map(({ message }) => message);
  return new GatewayError("invalid-parameter", messages.join(" "), { values: { errors: JSON.stringify(errors) } });
}

export function unsupportedType(given: string | undefined): Errors {
  return generalError(
    "UnsupportedContentType",
    `Unsupported [Content-Type] HTTP request header value of [${given ?? ""}].`,
  );
}

/** What is not here is a 400 with an Errors object; all of these are empty. */
const emptyStatuses: Readonly<Partial<Record<GatewayErrorCode, number>>> = {
  unauthenticated: 401,
  forbidden: 401,
  "account-not-active": 401,
  "permission-missing": 401,
  "signed-request-required": 401,
  "not-found": 404,
  "method-not-allowed": 405,
  "body-too-large": 413,
  "rate-limited": 429,
  "database-unavailable": 503,
  "query-too-slow": 503,
  draining: 503,
};

/** Sends any thrown value; the error handler of this facade. */
export function sendError(log: Logger, thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = known(thrown, request);
  if (error === null || error.code === "internal") {
    log.error({ err: toError(thrown), reqId: request.id }, "a FusionAuth call failed");
    const message = "FusionAuth encountered an unexpected error. Please contact support for assistance.";
    return sendErrors(reply, 500, generalError("Exception", `${message} The gateway's log has it as ${request.id}.`));
  }
  const status = emptyStatuses[error.code];
  if (status === undefined) return sendErrors(reply, 400, errorsOf(error));
  if (status === 503) log.warn({ err: error, reqId: request.id }, "a FusionAuth call could not be served");
  const retryAfter = error.values["retryAfterSeconds"] ?? (status === 503 ? "2" : undefined);
  if (retryAfter !== undefined) reply.header("retry-after", retryAfter);
  return reply.code(status).header("cache-control", "no-cache").send();
}

function known(thrown: unknown, { headers }: FastifyRequest): GatewayError | null {
  if (thrown instanceof GatewayError) return thrown;
  const status = statusOfFrameworkError(thrown);
  if (status === undefined) return null;
  const message = toError(thrown).message;
  if (status === 404) return new GatewayError("not-found", message);
  if (status === 413) return new GatewayError("body-too-large", message);
  return refuse(status === 415 ? unsupportedType(headers["content-type"]) : generalError("invalid", message));
}

function errorsOf({ values, message }: GatewayError): Errors {
  const { errors } = values;
  return errors === undefined ? generalError("invalid", message) : (JSON.parse(errors) as Errors);
}

function sendErrors(reply: FastifyReply, status: number, { fieldErrors, generalErrors }: Errors): FastifyReply {
  const body = {
    ...(Object.keys(fieldErrors).length === 0 ? {} : { fieldErrors }),
    ...(generalErrors.length === 0 ? {} : { generalErrors }),
  };
  return reply
    .code(status)
    .headers({ "content-type": "application/json; charset=UTF-8", "cache-control": "no-cache" })
    .send(JSON.stringify(body));
}
