// The service as gRPC, gRPC-Web and Connect, which the RPC library speaks. Who calls is asked before the message is read.

import type { DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import {
  Code,
  type ConnectRouter,
  createConnectRouter,
  createContextKey,
  createContextValues,
  type HandlerContext,
  type ServiceImpl,
} from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { toError } from "../../../core/errors.ts";
import { type AuthDeps, authenticateCaller, type Caller } from "../auth.ts";
import { type Call, messageBytesMax, methods } from "../call.ts";
import { allowAnyOrigin } from "../cors.ts";
import { refuse, sendRestError, sendRpcError, toConnectError } from "../errors.ts";
import { AdminService } from "../generated/zitadel/admin_pb.js";
import { inWebText, isWebText } from "./web-text.ts";

export interface RpcDeps extends AuthDeps {
  readonly log: Logger;
  readonly call: Call;
}

interface Calling {
  readonly caller: Caller;
  readonly requestId: string;
}

const prefix = `/${AdminService.typeName}`;
const nobody = createContextKey<Calling | null>(null, { description: "who calls" });

/** Registers into a plugin of its own: its content types and errors are not those of other routes. */
export function registerRpc(app: FastifyInstance, deps: RpcDeps): void {
  const { log } = deps;
  app.removeAllContentTypeParsers();
  // The library reads the body.
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  app.setErrorHandler((error: unknown, request, reply) =>
    sendRpcError(request, reply, toConnectError(log, error, request.id)),
  );
  allowAnyOrigin(app, prefix);
  for (const handler of routerOf(deps.call).handlers) registerMethod(app, deps, handler);
  app.post(`${prefix}/*`, async ({ url }) => {
    const name = url.slice(prefix.length + 1).split("?", 1)[0];
    throw refuse({ code: Code.Unimplemented, text: `unknown method ${name} for service ${AdminService.typeName}` });
  });
  // Calls are POSTs: anything else is no call, and a path that plain HTTP has not.
  app.route({
    method: ["GET", "PUT", "PATCH", "DELETE"],
    url: `${prefix}/*`,
    exposeHeadRoute: true,
    handler: async (_request, reply) => sendRestError(reply, refuse({ code: Code.NotFound, text: "Not Found" })),
  });
}

function routerOf(call: Call): ConnectRouter {
  const router = createConnectRouter({
    readMaxBytes: messageBytesMax,
    acceptCompression: [compressionGzip, compressionBrotli],
  });
  const work = methods.map((method) => [
    method.localName,
    (request: MessageShape<DescMethodUnary["input"]>, { values }: HandlerContext) => {
      const calling = values.get(nobody);
      if (calling === null) throw new Error("nobody was asked for credentials");
      return call(method, request, calling.caller, calling.requestId);
    },
  ]);
  router.service(AdminService, Object.fromEntries(work) as ServiceImpl<typeof AdminService>);
  return router;
}

function registerMethod(app: FastifyInstance, deps: RpcDeps, handler: UniversalHandler): void {
  const callers = new WeakMap<FastifyRequest, Caller>();
  app.post(
    handler.requestPath,
    {
      onRequest: async (request, reply) => {
        if (lacksTrailers(request)) return refuseTrailers(reply);
        callers.set(request, await authenticateCaller(deps, request));
        return undefined;
      },
    },
    async (request, reply) => {
      const caller = callers.get(request);
      if (caller === undefined) throw new Error("nobody was asked for credentials");
      handOver(deps.log, handler, { request, reply, calling: { caller, requestId: request.id } });
    },
  );
}

/** gRPC ends with trailers, which no client reads from HTTP/1.1. */
function lacksTrailers({ raw, headers }: FastifyRequest): boolean {
  return raw.httpVersionMajor === 1 && /^application\/grpc(?:$|[+;])/i.test(headers["content-type"] ?? "");
}

function refuseTrailers(reply: FastifyReply): FastifyReply {
  const message = "gRPC needs HTTP/2; gRPC-Web, Connect and REST are there for HTTP/1.1";
  return reply.code(415).send({ code: Code.InvalidArgument, message });
}

interface Handed {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly calling: Calling;
}

function handOver(log: Logger, handler: UniversalHandler, { request, reply, calling }: Handed): void {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  const values = createContextValues().set(nobody, calling);
  const handle = isWebText(request.headers["content-type"]) ? inWebText(handler) : handler;
  handle(universalRequestFromNodeRequest(request.raw, raw, undefined, values))
    .then((response) => universalResponseToNodeResponse(response, raw))
    .catch((error: unknown) => {
      // Nobody is there any more to be told.
      log.debug({ err: toError(error), reqId: request.id }, "an RPC could not be answered");
      raw.destroy();
    });
}
