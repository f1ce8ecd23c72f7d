// A server on real sockets that misbehaves as told: in front of a gateway, or alone. What it was asked is on record.

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** By performance.now(). */
  readonly atMs: number;
}

/** What becomes of one request. `pass` goes to the server behind it. */
export type Fate =
  | "pass"
  /** The server behind it answers, and the answer never arrives. */
  | "lose-answer"
  /** The connection is reset when the request was read; nothing is passed on. */
  | "reset"
  /** There is never an answer. */
  | "hang"
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Buffer };

export interface FaultyServer {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** Fates of the next requests, in order; then `otherwise`. */
  next(...fates: Fate[]): void;
  otherwise: (request: SeenRequest) => Fate;
  close(): Promise<void>;
}

/** `behind`: the origin that requests pass on to. */
export async function startFaultyServer(behind?: string): Promise<FaultyServer> {
  const seen: SeenRequest[] = [];
  const fates: Fate[] = [];
  const server = createServer((incoming, response) => void serve(incoming, response));

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = incoming;
    const request = { method, path: url, headers, body: Buffer.concat(chunks), atMs: performance.now() };
    seen.push(request);
    const fate = fates.shift() ?? faulty.otherwise(request);
    if (fate === "hang") return;
    if (fate === "reset") return void incoming.socket.resetAndDestroy();
    const answer = typeof fate === "object" ? fate : await passOn(behind ?? "", request);
    if (fate === "lose-answer") return void incoming.socket.resetAndDestroy();
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(answer.body ?? "");
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const faulty: FaultyServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    next: (...next) => void fates.push(...next),
    otherwise: () => (behind === undefined ? { status: 404 } : "pass"),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return faulty;
}

function passOn(origin: string, { method, path, headers, body }: SeenRequest) {
  return new Promise<{ status: number; headers: Record<string, string>; body: Buffer }>((resolve, reject) => {
    const outgoing = request(origin + path, { method, headers: { ...headers, connection: "close" }, agent: false });
    outgoing.on("error", reject);
    outgoing.on("response", async (incoming) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const { "transfer-encoding": _, connection: __, ...kept } = incoming.headers;
      resolve({
        status: incoming.statusCode ?? 0,
        headers: kept as Record<string, string>,
        body: Buffer.concat(chunks),
      });
    });
    outgoing.end(body);
  });
}
