// Opens the listener, and closes it in bounded time: clients that stop reading or sending must not hold up a stop.

import type { FastifyInstance } from "fastify";
import { GatewayError, toError } from "../core/errors.ts";

/** Requests under way get this long; nearly all need milliseconds. The gateway has 15 s in all. */
const closeGraceMs = 3000;

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Resolves to the URL. Rejects with GatewayError `invalid-parameter`, for the operator, when it cannot listen there. */
export async function listenOn(app: FastifyInstance, { host, port }: ListenAddress): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (thrown) {
    const problem = problemOf(thrown, host, port);
    if (problem === null) throw thrown;
    throw new GatewayError("invalid-parameter", problem, { cause: toError(thrown) });
  }
}

function problemOf(thrown: unknown, host: string, port: number): string | null {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  switch (code) {
    case "EADDRINUSE":
      return `TRUNKLINE_PORT: ${port} is in use by another program on ${host}; stop that, or set another port.`;
    case "EACCES":
      return `TRUNKLINE_PORT: this user may not listen on ${port}; set a port above 1023.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `TRUNKLINE_HOST: this machine has no address ${host}; set one of its own, or 0.0.0.0 for all.`;
    default:
      return null;
  }
}

/** Resolves when every request has its answer and every connection is closed; those that take too long are cut. */
export async function closeListener(app: FastifyInstance): Promise<void> {
  const graceOver = setTimeout(() => app.server.closeAllConnections(), closeGraceMs);
  try {
    await app.close();
  } finally {
    clearTimeout(graceOver);
  }
}
