// Opens the listener, and closes it in bounded time: clients that stop reading or sending must not hold up a stop.

import { lookup } from "node:dns/promises";
import type { Server } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Server as TlsServer } from "node:tls";
import type { FastifyInstance } from "fastify";
import { GatewayError, toError } from "../core/errors.ts";

/** Requests under way get this long; nearly all need milliseconds. The gateway has 15 s in all. */
const closeGraceMs = 3000;
/** How long clients that go on asking are told to go elsewhere; and what counts as nobody asking. */
const farewellMsMax = 1000;
const quietMs = 50;

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Resolves to the URL. `localhost` is every address that it stands for. Rejects with GatewayError `invalid-parameter`, for the operator,
 * when it cannot listen there.
 */
export async function listenOn(app: FastifyInstance, { host, port }: ListenAddress): Promise<string> {
  try {
    const url = await app.listen({ host, port });
    if (host === "localhost") await listenBeside(app.server);
    return app.server instanceof TlsServer ? url.replace(/^http:/, "https:") : url;
  } catch (thrown) {
    const problem = problemOf(thrown, host, port);
    if (problem === null) throw thrown;
    throw new GatewayError("invalid-parameter", problem, { cause: toError(thrown) });
  }
}

/** Has the other addresses of localhost bring their connections to the server. One that is not to be had is done without. */
async function listenBeside(server: Server): Promise<void> {
  const { address: first, port } = server.address() as AddressInfo;
  for (const { address } of await lookup("localhost", { all: true })) {
    if (address === first) continue;
    const beside = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit("connection", socket));
    server.once("close", () => beside.close());
    await new Promise<void>((resolve) => {
      beside.once("error", () => resolve()).listen({ host: address, port }, resolve);
    });
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

/**
 * Resolves when every request has its answer and every connection is closed; those that take too long are cut. The
 * gateway must be draining: connections end with its refusals, not under the next request of a busy client.
 */
export async function closeListener(app: FastifyInstance): Promise<void> {
  await untilQuiet(app.server);
  const graceOver = setTimeout(() => app.server.closeAllConnections(), closeGraceMs);
  try {
    await app.close();
  } finally {
    clearTimeout(graceOver);
  }
}

async function untilQuiet(server: Server): Promise<void> {
  const untilMs = performance.now() + farewellMsMax;
  let asked = (await openConnections(server)) > 0;
  const note = (): void => {
    asked = true;
  };
  server.on("request", note);
  while (asked && performance.now() < untilMs) {
    asked = false;
    await delay(quietMs);
  }
  server.off("request", note);
}

function openConnections(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}
