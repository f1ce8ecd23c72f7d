// Paths and links: every method that a path does not have is a 405, and every resource says where it and its environment are.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GatewayError } from "../../core/errors.ts";
import { publicUrlOf } from "../listener.ts";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] as const;
type Method = (typeof methods)[number];
type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

export function registerPath(app: FastifyInstance, url: string, handlers: Partial<Record<Method, Handler>>): void {
  for (const method of methods) {
    const handler = handlers[method];
    app.route({ method, url, exposeHeadRoute: handler !== undefined, handler: handler ?? refuseMethod });
  }
}

async function refuseMethod(request: FastifyRequest): Promise<never> {
  throw new GatewayError("method-not-allowed", `This resource does not have the method ${request.method}.`);
}

/** Never `application/hal+json`: PingOne's SDK does not know it. */
export function sendJson(reply: FastifyReply, body: unknown, status = 200): FastifyReply {
  return reply.code(status).type("application/json;charset=UTF-8").send(JSON.stringify(body));
}

export interface Link {
  readonly href: string;
}

export interface Links {
  readonly self: Link;
  readonly environment: Link;
}

export function environmentUrl(request: FastifyRequest, environmentId: string): string {
  return `${publicUrlOf(request)}/v1/environments/${environmentId}`;
}

/** `path`: below the environment, with a slash at its beginning. */
export function linksOf(request: FastifyRequest, environmentId: string, path: string): Links {
  const environment = environmentUrl(request, environmentId);
  return { self: { href: environment + path }, environment: { href: environment } };
}

/** A whole collection as one page: clients would follow a link to the next. */
export function presentCollection(request: FastifyRequest, name: string, items: readonly unknown[]) {
  return {
    _links: { self: { href: `${publicUrlOf(request)}${request.url}` } },
    _embedded: { [name]: items },
    count: items.length,
    size: items.length,
  };
}
