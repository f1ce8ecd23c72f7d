// How paths become routes: every standard method that a path does not have is an empty 405, and every route says what it asks
// of its caller's key.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GatewayError } from "../../core/errors.ts";
import type { Uuid } from "../../core/ids.ts";
import type { Endpoint } from "./auth.ts";
import { refuse } from "./errors.ts";
import { badId, isUuid, required } from "./fields.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Of the FusionAuth facade's routes. */
    readonly fusionAuthEndpoint?: Endpoint;
  }
}

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] as const;
type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
export type Handlers = Partial<Readonly<Record<(typeof methods)[number], Handler>>>;

export function registerPath(
  app: FastifyInstance,
  urls: readonly string[],
  endpoint: Endpoint,
  handlers: Handlers,
): void {
  for (const url of urls) {
    for (const method of methods) {
      const handler = handlers[method];
      const config = handler === undefined ? {} : { fusionAuthEndpoint: endpoint };
      app.route({ method, url, config, exposeHeadRoute: false, handler: handler ?? refuseMethod });
    }
  }
}

async function refuseMethod(): Promise<never> {
  throw new GatewayError("method-not-allowed", "This resource does not have this method.");
}

/** The id of the path under this name. Throws the 400 for one that is missing or no UUID. */
export function idIn(request: FastifyRequest, name: string): Uuid {
  const text = (request.params as Readonly<Record<string, string | undefined>>)[name] ?? "";
  if (text === "") throw refuse(required(name, "missing"));
  if (!isUuid(text)) throw refuse(badId(name, text));
  return text.toLowerCase() as Uuid;
}
