// What browsers need to call the admin API from any page: there are no cookies here, only bearer tokens that the page has.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

const allowedHeaders = [
  "Origin",
  "Content-Type",
  "Accept",
  "Accept-Language",
  "Authorization",
  "x-zitadel-orgid",
  "x-user-agent",
  "x-grpc-web",
  "x-requested-with",
  "connect-protocol-version",
  "connect-timeout-ms",
  "grpc-timeout",
].join(", ");
const exposedHeaders = "Location, Content-Length, Grpc-Status, Grpc-Message, Grpc-Status-Details-Bin";
const methods = "OPTIONS, GET, HEAD, POST, PUT, PATCH, DELETE";
const preflightSeconds = "600";

/** Headers on every answer of the plugin, and an answer to every OPTIONS below its `prefix`. */
export function allowAnyOrigin(app: FastifyInstance, prefix: string): void {
  app.addHook("onRequest", (request, reply, next) => {
    reply.headers({
      "cache-control": "no-store",
      pragma: "no-cache",
      expires: "0",
      "x-robots-tag": "none",
      ...corsHeaders(request),
    });
    next();
  });
  app.options(`${prefix}/*`, answerPreflight);
}

function corsHeaders({ headers: { origin } }: FastifyRequest): Record<string, string> {
  if (origin === undefined) return { vary: "Origin" };
  return {
    vary: "Origin",
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": exposedHeaders,
  };
}

async function answerPreflight(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return reply
    .code(204)
    .headers({
      "access-control-allow-methods": methods,
      "access-control-allow-headers": allowedHeaders,
      "access-control-max-age": preflightSeconds,
    })
    .send();
}
