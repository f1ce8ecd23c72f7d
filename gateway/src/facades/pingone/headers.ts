// Headers that every answer of PingOne's has: ids to find the call again by, and that nothing may be cached.

import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";

const correlationIds = new WeakMap<FastifyRequest, string>();
const externalIds = ["x-ping-external-transaction-id", "x-ping-external-session-id"] as const;
const externalIdCharactersMax = 100;
const notAllowed = /[^\p{L}\p{M}\p{N}._\-/@=#+]/gu;

/** Also the id of the error, if the call fails. */
export function correlationIdOf(request: FastifyRequest): string {
  const known = correlationIds.get(request) ?? randomUUID();
  correlationIds.set(request, known);
  return known;
}

export function addHeaders(app: FastifyInstance): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.headers({
      "correlation-id": correlationIdOf(request),
      "cache-control": "no-cache, no-store, max-age=0, must-revalidate",
      pragma: "no-cache",
      expires: "0",
    });
    for (const name of externalIds) reply.header(name, externalId(request.headers[name]));
  });
}

/** The caller's own, spelled with what is allowed in it; a new one where there is none. */
function externalId(given: string | string[] | undefined): string {
  if (typeof given !== "string" || given === "") return randomUUID();
  // Node reads headers byte by byte, and writes them likewise.
  const text = Buffer.from(given, "latin1").toString("utf8");
  const clean = [...text.replace(notAllowed, "_")].slice(0, externalIdCharactersMax).join("");
  return Buffer.from(clean, "utf8").toString("latin1");
}
