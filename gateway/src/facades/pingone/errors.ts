// What went wrong, in PingOne's words: the gateway's closed error union → status, code, message and details. The only place
// of this facade that shapes an error. Two of PingOne's own texts make clients try again for ten minutes; they are not used
// for what is permanent. A permanent failure never has a status that is tried again.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { GatewayError, type GatewayErrorCode, toError } from "../../core/errors.ts";
import { statusOfFrameworkError } from "../listener.ts";
import { type ErrorDetail, targetOf } from "./details.ts";
import { correlationIdOf } from "./headers.ts";

type Code =
  | "INVALID_DATA"
  | "INVALID_REQUEST"
  | "REQUEST_FAILED"
  | "ACCESS_FAILED"
  | "NOT_FOUND"
  | "REQUEST_LIMITED"
  | "UNEXPECTED_ERROR";

interface Kind {
  readonly status: number;
  readonly code: Code;
  readonly message: string;
}

const begin = "The request could not be completed.";
const validation: Kind = {
  status: 400,
  code: "INVALID_DATA",
  message: `${begin} One or more validation errors were in the request.`,
};
const malformed: Kind = { status: 400, code: "INVALID_REQUEST", message: `${begin} The request is malformed.` };
const notFound: Kind = { status: 404, code: "NOT_FOUND", message: `${begin} The requested resource was not found.` };
const unexpected: Kind = {
  status: 500,
  code: "UNEXPECTED_ERROR",
  message: "There was an unexpected error with the service. Please try again later.",
};
const unavailable: Kind = { ...unexpected, status: 503 };
const forbidden: Kind = {
  status: 403,
  code: "ACCESS_FAILED",
  message: `${begin} The caller has insufficient permissions.`,
};
const kinds: Readonly<Partial<Record<GatewayErrorCode, Kind>>> = {
  unauthenticated: { status: 401, code: "ACCESS_FAILED", message: `${begin} You do not have access to this resource.` },
  forbidden,
  "account-not-active": forbidden,
  "signed-request-required": forbidden,
  "not-found": notFound,
  "service-not-found": notFound,
  "method-not-allowed": {
    status: 405,
    code: "INVALID_REQUEST",
    message: `${begin} This resource does not have this method.`,
  },
  conflict: { status: 409, code: "REQUEST_FAILED", message: `${begin} It conflicts with another resource.` },
  "body-too-large": { status: 413, code: "INVALID_REQUEST", message: `${begin} The request body is too large.` },
  "unsupported-media-type": {
    status: 415,
    code: "INVALID_REQUEST",
    message: `${begin} The Content-Type must be application/json.`,
  },
  "rate-limited": { status: 429, code: "REQUEST_LIMITED", message: `${begin} There have been too many requests.` },
  "queue-full": { status: 429, code: "REQUEST_LIMITED", message: `${begin} There have been too many requests.` },
  internal: unexpected,
  "database-unavailable": unavailable,
  "query-too-slow": unavailable,
  draining: unavailable,
};

const frameworkKinds: Readonly<Record<number, GatewayErrorCode>> = {
  404: "not-found",
  405: "method-not-allowed",
  413: "body-too-large",
  415: "unsupported-media-type",
};

interface Answer extends Kind {
  readonly details?: readonly ErrorDetail[];
  readonly retryAfterSeconds?: string;
}

/** Sends any thrown value; the error handler of the facade. */
export function sendError(log: Logger, thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, code, message, details, retryAfterSeconds } = answerFor(thrown);
  const id = correlationIdOf(request);
  const line = { err: toError(thrown), reqId: request.id, correlationId: id };
  if (status === 503) log.warn(line, "a PingOne call could not be served");
  else if (status >= 500) log.error(line, "a PingOne call failed");
  if (retryAfterSeconds !== undefined) reply.header("retry-after", retryAfterSeconds);
  const body = { id, code, message, ...(details === undefined ? {} : { details }) };
  return reply.code(status).type("application/json;charset=UTF-8").send(JSON.stringify(body));
}

function answerFor(thrown: unknown): Answer {
  if (thrown instanceof GatewayError) return gatewayAnswer(thrown);
  const status = statusOfFrameworkError(thrown);
  if (status === undefined) return unexpected;
  const code = frameworkKinds[status];
  return (code === undefined ? undefined : kinds[code]) ?? { ...malformed, status };
}

function gatewayAnswer(error: GatewayError): Answer {
  if (error.code === "upstream-rejected") return upstreamAnswer(error);
  const kind = kinds[error.code] ?? validation;
  const details = detailsOf(error);
  const retryAfterSeconds = error.values["retryAfterSeconds"] ?? (kind.status === 503 ? "2" : undefined);
  const top = error.values["pingoneCode"] === "INVALID_REQUEST" ? malformed : kind;
  return {
    ...top,
    ...(details.length === 0 ? {} : { details }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

function detailsOf(error: GatewayError): readonly ErrorDetail[] {
  const own = error.values["pingoneDetails"];
  if (own !== undefined) return JSON.parse(own) as ErrorDetail[];
  switch (error.code) {
    case "unauthenticated": {
      const message = "The authorization token is either missing or invalid, or it has expired.";
      return [{ code: "INVALID_TOKEN", target: "Authentication Credentials", message }];
    }
    case "forbidden":
    case "account-not-active":
    case "signed-request-required":
      return [{ code: "INSUFFICIENT_PERMISSIONS", message: error.message }];
    case "rate-limited":
    case "queue-full":
      return [{ code: "LIMIT_EXCEEDED", message: error.message }];
    default:
      return error.code in kinds ? [] : storeDetails(error);
  }
}

/** What the provider store found wrong, field by field. */
function storeDetails({ values, message }: GatewayError): readonly ErrorDetail[] {
  const { details } = values;
  if (details === undefined) return [{ code: "CONSTRAINT_VIOLATION", message }];
  const fields = JSON.parse(details) as readonly { readonly field: string; readonly message: string }[];
  return fields.map((one) => ({
    code: "CONSTRAINT_VIOLATION",
    target: targetOf(one.field.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part))),
    message: one.message,
  }));
}

const suspendedCode = "20005";
const unknownCode = "20404";

/** Terraform ends the first detail's message with a sentence of its own: no full stop. */
function upstreamAnswer({ values }: GatewayError): Answer {
  const { state = "rejected", upstreamCode = "", reason = "" } = values;
  if (state === "unreachable") return { ...unavailable, retryAfterSeconds: "5" };
  const why = reason.replace(/[.\s]+$/, "");
  if (state === "misconfigured") {
    const target = upstreamCode === unknownCode ? "verifyServiceId" : "sid";
    const detail = {
      code: "CONSTRAINT_VIOLATION",
      target,
      message: `The provider could not be verified: ${why}`,
    } as const;
    return { ...validation, code: "REQUEST_FAILED", details: [detail] };
  }
  const target = upstreamCode === suspendedCode || upstreamCode === unknownCode ? "sid" : "authToken";
  const message =
    upstreamCode === suspendedCode
      ? `The provider does not let this account send: ${why}`
      : "The provider refuses this sid with this authToken";
  return { ...validation, details: [{ code: "INVALID_VALUE", target, message }] };
}
