// Serves the built dashboard at / and under the paths of its pages. It may load and run its own files alone, talk to this
// origin alone, and stand in no frame. Where it has not been built, / is a plain page that says what to do.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GatewayError } from "../../../core/errors.ts";
import type { DashboardFile } from "./files.ts";

/** The pages that a browser may be reloaded on; none is the beginning of a path of any API. */
const pages = [
  "welcome",
  "messages",
  "providers",
  "consent",
  "protection",
  "callbacks",
  "sandbox",
  "access",
  "audit",
  "invitation",
];

const securityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function registerDashboard(app: FastifyInstance, files: ReadonlyMap<string, DashboardFile>): void {
  const options = { schema: { hide: true } };
  const index = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const file = files.get("index.html");
    if (file === undefined) throw new GatewayError("not-found", "The dashboard is not here.");
    return sendFile(request, reply.header("content-security-policy", securityPolicy), file, "no-cache");
  };
  app.get("/", options, index);
  for (const page of pages) {
    app.get(`/${page}`, options, index);
    app.get(`/${page}/*`, options, index);
  }
  for (const [name, file] of files) {
    if (name === "index.html") continue;
    // The name of an asset says what is in it.
    const caching = name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    app.get(`/${name}`, options, (request, reply) => sendFile(request, reply, file, caching));
  }
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: DashboardFile, caching: string): FastifyReply {
  const zipped = file.gzipped !== null && acceptsGzip(request.headers["accept-encoding"]) ? file.gzipped : null;
  const etag = zipped === null ? `"${file.etag}"` : `"${file.etag}-gz"`;
  reply.headers({
    "content-type": file.type,
    "cache-control": caching,
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    vary: "accept-encoding",
    etag,
  });
  if (request.headers["if-none-match"]?.split(/\s*,\s*/).some((known) => known.replace(/^W\//, "") === etag)) {
    return reply.code(304).send();
  }
  if (zipped === null) return reply.send(file.content);
  return reply.header("content-encoding", "gzip").send(zipped);
}

function acceptsGzip(header: string | readonly string[] | undefined): boolean {
  const given = Array.isArray(header) ? header.join(",") : String(header ?? "");
  return given.split(",").some((coding) => /^\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(coding));
}
