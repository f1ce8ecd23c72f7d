// How paths become routes: every method that a path does not have is answered with 405. In v2010 the suffix of a path
// says the format (`.json`, `.xml`, `.csv`, none is XML).

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GatewayError } from "../../core/errors.ts";

export type Format = "json" | "xml" | "csv";
type Method = "GET" | "POST" | "PATCH" | "DELETE";
type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
/** What a path does, by method. */
export type Handlers = Partial<Readonly<Record<Method, Handler>>>;
type FormattedHandler = (request: FastifyRequest, reply: FastifyReply, format: Format) => Promise<FastifyReply>;
type FormattedHandlers = Partial<Readonly<Record<Method, FormattedHandler>>>;

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** One path, without formats: as it is in the product APIs. */
export function registerPath(app: FastifyInstance, url: string, handlers: Handlers): void {
  const allow = allowedMethods(handlers);
  const refuseMethod = async (): Promise<never> => {
    throw new GatewayError("method-not-allowed", "This resource does not have this method.", { values: { allow } });
  };
  for (const method of methods) {
    const handler = method in handlers ? handlers[method as Method] : undefined;
    app.route({ method, url, handler: handler ?? refuseMethod });
  }
}

/** A collection or single subresource: `/Accounts/:account/Messages`. Only lists of `withCsv` have the CSV form. */
export function registerCollection(
  app: FastifyInstance,
  path: string,
  handlers: FormattedHandlers,
  { withCsv = false } = {},
): void {
  registerPath(
    app,
    path,
    inFormat(handlers, () => "xml"),
  );
  registerPath(
    app,
    `${path}.xml`,
    inFormat(handlers, () => "xml"),
  );
  registerPath(
    app,
    `${path}.json`,
    inFormat(handlers, () => "json"),
  );
  const { GET } = handlers;
  if (withCsv && GET !== undefined)
    registerPath(
      app,
      `${path}.csv`,
      inFormat({ GET }, () => "csv"),
    );
}

/** One item, whose last parameter carries the suffix: `/Accounts/:account/Messages/:sid`. */
export function registerItem(app: FastifyInstance, url: string, handlers: FormattedHandlers): void {
  const parameter = url.slice(url.lastIndexOf(":") + 1);
  registerPath(
    app,
    url,
    inFormat(handlers, (request) => formatOf(parameterOf(request, parameter))),
  );
}

function inFormat(handlers: FormattedHandlers, formatFor: (request: FastifyRequest) => Format): Handlers {
  const bound = Object.entries(handlers).map(([method, handler]): [string, Handler] => [
    method,
    (request, reply) => handler(request, reply, formatFor(request)),
  ]);
  return Object.fromEntries(bound);
}

/** The value of a 405's `Allow`: HEAD is answered wherever GET is, OPTIONS everywhere. */
function allowedMethods(handlers: Handlers): string {
  const own = methods.filter((method) => method in handlers);
  return own
    .flatMap((method) => (method === "GET" ? [method, "HEAD"] : [method]))
    .concat("OPTIONS")
    .join(", ");
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
