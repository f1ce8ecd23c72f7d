// The service as plain HTTP and JSON below /admin/v1. Who calls is asked before the body is read; the content type is not
// looked at.

import { create, toJson } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { type AuthDeps, authenticateCaller, type Caller } from "../auth.ts";
import { type Call, messageBytesMax } from "../call.ts";
import { allowAnyOrigin } from "../cors.ts";
import { refuse, sendRestError, toConnectError } from "../errors.ts";
import { matchPath, prefix, type RestMatch } from "./paths.ts";
import { readJson } from "./read-json.ts";

export interface RestDeps extends AuthDeps {
  readonly log: Logger;
  readonly call: Call;
}

const verbs = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const noBody = new Uint8Array();

interface Prepared {
  readonly match: RestMatch;
  readonly caller: Caller;
}

/** Registers into a plugin of its own: its content types and errors are not those of other routes. */
export function registerRest(app: FastifyInstance, deps: RestDeps): void {
  const { log } = deps;
  const prepared = new WeakMap<FastifyRequest, Prepared>();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: messageBytesMax }, (_request, body, done) => {
    done(null, body);
  });
  app.setErrorHandler((error: unknown, request, reply) => sendRestError(reply, toConnectError(log, error, request.id)));
  allowAnyOrigin(app, prefix);

  app.route({
    method: verbs,
    url: `${prefix}/*`,
    exposeHeadRoute: false,
    onRequest: async (request, reply) => {
      const match = matchPath(request.method, pathOf(request));
      if (match === "other") throw refuse({ code: Code.Unimplemented, text: "Only SMS providers are managed here" });
      if ("allowed" in match) return refusePath(reply, match.allowed);
      // Whatever it says it is, it is read as JSON.
      request.raw.headers["content-type"] = "application/json";
      prepared.set(request, { match, caller: await authenticateCaller(deps, request) });
      return undefined;
    },
    handler: async (request, reply) => {
      const ready = prepared.get(request);
      if (ready === undefined) throw new Error("nobody was asked for credentials");
      const json = await answer(deps, request, ready);
      return reply.header("content-type", "application/json").send(Buffer.from(JSON.stringify(json)));
    },
  });
}

/** Below the prefix, decoded: an encoded slash divides as well. */
function pathOf({ raw }: FastifyRequest): string {
  const [path = ""] = (raw.url ?? "").split("?", 1);
  try {
    return decodeURIComponent(path).slice(prefix.length);
  } catch (error) {
    if (error instanceof URIError) return path.slice(prefix.length);
    throw error;
  }
}

function refusePath(reply: FastifyReply, allowed: readonly string[]): FastifyReply {
  if (allowed.length === 0) return sendRestError(reply, refuse({ code: Code.NotFound, text: "Not Found" }));
  reply.header("allow", allowed.join(", "));
  return sendRestError(reply, refuse({ code: Code.Unimplemented, text: "Method Not Allowed" }), 405);
}

async function answer({ call }: RestDeps, request: FastifyRequest, { match, caller }: Prepared): Promise<unknown> {
  const { method, takesBody } = match.route;
  const body = takesBody && request.body instanceof Uint8Array ? request.body : noBody;
  const message = { ...readJson(method.input, body), ...match.fields };
  const result = await call(method, message, caller, request.id);
  return toJson(method.output, create(method.output, result));
}
