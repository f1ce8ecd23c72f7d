// Errors in ZITADEL's dialect: a gRPC code, a text with an id in parentheses, and that id once more in an ErrorDetail. The
// same error goes out as REST, gRPC, gRPC-Web or Connect. An unknown error says nothing but its id in the log.

import { Code, ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { GatewayError, type GatewayErrorCode, toError } from "../../core/errors.ts";
import { statusOfFrameworkError } from "../listener.ts";
import { ErrorDetailSchema } from "./generated/zitadel/message_pb.js";

/** What is not here is InvalidArgument: something about a field is wrong. */
const codes: Readonly<Partial<Record<GatewayErrorCode, Code>>> = {
  unauthenticated: Code.Unauthenticated,
  forbidden: Code.PermissionDenied,
  "account-not-active": Code.Unauthenticated,
  "not-found": Code.NotFound,
  "method-not-allowed": Code.Unimplemented,
  conflict: Code.AlreadyExists,
  "body-too-large": Code.ResourceExhausted,
  "rate-limited": Code.ResourceExhausted,
  internal: Code.Internal,
  "database-unavailable": Code.Unavailable,
  "query-too-slow": Code.Unavailable,
  draining: Code.Unavailable,
};

/** As grpc-gateway maps them, but for the one that the gateway sets itself (405). */
const httpStatuses: Readonly<Record<Code, number>> = {
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 400,
  [Code.Aborted]: 409,
  [Code.OutOfRange]: 400,
  [Code.Unimplemented]: 501,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.DataLoss]: 500,
  [Code.Unauthenticated]: 401,
};

export interface Refusal {
  readonly code: Code;
  readonly text: string;
  readonly id: string;
}

/** An error as ZITADEL words it. Without an id there is no detail either. */
export function refuse({ code, text, id }: Omit<Refusal, "id"> & { readonly id?: string }): ConnectError {
  if (id === undefined) return new ConnectError(text, code);
  const detail = { desc: ErrorDetailSchema, value: { id, message: text } };
  return new ConnectError(`${text} (${id})`, code, undefined, [detail]);
}

/** Any thrown value as what the caller may know of it; what is the gateway's own fault goes to the log. */
export function toConnectError(log: Logger, thrown: unknown, requestId: string): ConnectError {
  if (thrown instanceof ConnectError) return thrown;
  const { code, message } = describe(thrown);
  const line = { err: toError(thrown), reqId: requestId };
  if (code === Code.Internal) log.error(line, "a ZITADEL call failed");
  if (code === Code.Unavailable) log.warn(line, "a ZITADEL call could not be served");
  const text =
    code === Code.Internal ? `An internal error occurred; the gateway's log has it as ${requestId}.` : message;
  const headers = thrown instanceof GatewayError ? retryAfter(thrown, code) : {};
  return new ConnectError(text, code, headers);
}

function describe(thrown: unknown): { readonly code: Code; readonly message: string } {
  if (thrown instanceof GatewayError)
    return { code: codes[thrown.code] ?? Code.InvalidArgument, message: thrown.message };
  const status = statusOfFrameworkError(thrown);
  if (status === undefined) return { code: Code.Internal, message: "" };
  return { code: status === 413 ? Code.ResourceExhausted : Code.InvalidArgument, message: toError(thrown).message };
}

function retryAfter({ values }: GatewayError, code: Code): Record<string, string> {
  const seconds = values["retryAfterSeconds"] ?? (code === Code.Unavailable ? "2" : undefined);
  return seconds === undefined ? {} : { "retry-after": seconds };
}

/** For REST: always JSON. `status`: where it is another than the code's. */
export function sendRestError(reply: FastifyReply, error: ConnectError, status?: number): FastifyReply {
  const details = error.details.flatMap((detail) =>
    "desc" in detail ? [{ "@type": `type.googleapis.com/${detail.desc.typeName}`, ...detail.value }] : [],
  );
  if (error.code === Code.Unauthenticated) reply.header("www-authenticate", 'Bearer realm="Trunkline"');
  for (const [name, value] of error.metadata) reply.header(name, value);
  const body = { code: error.code, message: error.rawMessage, ...(details.length === 0 ? {} : { details }) };
  return reply
    .code(status ?? httpStatuses[error.code])
    .header("content-type", "application/json")
    .send(Buffer.from(JSON.stringify(body)));
}

/** For calls that fail before the RPC library has them, in the protocol that the request is in. */
export function sendRpcError(request: FastifyRequest, reply: FastifyReply, error: ConnectError): FastifyReply {
  const type = request.headers["content-type"] ?? "";
  for (const [name, value] of error.metadata) reply.header(name, value);
  if (!type.startsWith("application/grpc")) {
    const body = Buffer.from(errorToJsonBytes(error, undefined));
    return reply.code(codeToHttpStatus(error.code)).header("content-type", "application/json").send(body);
  }
  const status = new Headers();
  setTrailerStatus(status, error);
  reply.header("content-type", type);
  if (type.startsWith("application/grpc-web")) return reply.code(200).headers(Object.fromEntries(status)).send();
  sendTrailers(reply, status);
  return reply;
}

/** Real trailers: not every gRPC client takes the status from headers that are followed by an empty body. */
function sendTrailers(reply: FastifyReply, trailers: Headers): void {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  raw.writeHead(200);
  raw.addTrailers(Object.fromEntries(trailers));
  raw.end();
}
