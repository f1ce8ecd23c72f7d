// How the paths of v2010 become routes. The suffix of a path says the format (`.json`, `.xml`, `.csv`, none is XML);
// every method that a path does not have is answered with 405, also below the suffixes.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GatewayError } from "../../core/errors.ts";

export type Format = "json" | "xml" | "csv";
export type Method = "GET" | "POST" | "DELETE";
export type Handler = (request: FastifyRequest, reply: FastifyReply, format: Format) => Promise<FastifyReply>;
export type Handlers = Partial<Readonly<Record<Method, Handler>>>;

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** A collection or single subresource: `/Accounts/:account/Messages`. Only lists of `withCsv` have the CSV form. */
export function registerCollection(
  app: FastifyInstance,
  path: string,
  handlers: Handlers,
  { withCsv = false } = {},
): void {
  register(app, path, "xml", handlers);
  register(app, `${path}.xml`, "xml", handlers);
  register(app, `${path}.json`, "json", handlers);
  if (withCsv && handlers.GET !== undefined) register(app, `${path}.csv`, "csv", { GET: handlers.GET });
}

function register(app: FastifyInstance, url: string, format: Format, handlers: Handlers): void {
  for (const method of methods) {
    const handler = method in handlers ? handlers[method as Method] : undefined;
    if (handler === undefined) app.route({ method, url, handler: refuseMethod });
    else app.route({ method, url, handler: (request, reply) => handler(request, reply, format) });
  }
}

/** One item, whose last parameter carries the suffix: `/Accounts/:account/Messages/:sid`. */
export function registerItem(app: FastifyInstance, url: string, handlers: Handlers): void {
  const parameter = url.slice(url.lastIndexOf(":") + 1);
  for (const method of methods) {
    const handler = method in handlers ? handlers[method as Method] : undefined;
    if (handler === undefined) app.route({ method, url, handler: refuseMethod });
    else {
      app.route({
        method,
        url,
        handler: (request, reply) => handler(request, reply, formatOf(parameterOf(request, parameter))),
      });
    }
  }
}

async function refuseMethod(): Promise<never> {
  throw new GatewayError("method-not-allowed", "This resource does not have this method.");
}

/** A parameter of the path, decoded. */
export function parameterOf(request: FastifyRequest, name: string): string {
  const parameters: unknown = request.params;
  if (typeof parameters !== "object" || parameters === null || !(name in parameters)) return "";
  return String((parameters as Record<string, unknown>)[name]);
}

/** `SM….json` → `SM…`. */
export function withoutSuffix(name: string): string {
  return name.replace(/\.(json|xml)$/, "");
}

/** The format that a path asks for; without a suffix it is XML. */
export function formatOf(path: string): "json" | "xml" {
  return path.endsWith(".json") ? "json" : "xml";
}

/** Has the last part of the path a suffix that says the format? */
export function hasSuffix(name: string): boolean {
  return /\.(json|xml)$/.test(name);
}
