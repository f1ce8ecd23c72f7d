// An HTTP server that is only a socket: a test sees whole requests and answers with whatever bytes it likes, or not.

import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";

export interface RawRequest {
  /** `POST /path HTTP/1.1`. */
  readonly line: string;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface RawServer {
  readonly url: string;
  readonly server: Server;
  readonly requests: readonly RawRequest[];
  /** Codes of errors that its sockets ended with. */
  readonly socketErrors: readonly string[];
  close(): Promise<void>;
}

/** `answer`: what is done once a request is there as a whole. */
export async function startRawServer(
  answer: (socket: Socket, request: RawRequest, count: number) => void,
): Promise<RawServer> {
  const requests: RawRequest[] = [];
  const socketErrors: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = "";
    socket.on("error", (error: NodeJS.ErrnoException) => socketErrors.push(error.code ?? error.message));
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      const request = wholeRequest(received);
      if (request === null) return;
      received = "";
      requests.push(request);
      answer(socket, request, requests.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    requests,
    socketErrors,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function wholeRequest(received: string): RawRequest | null {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [line = "", ...fields] = received.slice(0, end).split("\r\n");
  const headers = new Map(
    fields.map((field): [string, string] => {
      const colon = field.indexOf(":");
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
    }),
  );
  const body = received.slice(end + 4);
  return body.length < Number(headers.get("content-length") ?? 0) ? null : { line, headers, body };
}

/** A whole answer. A body that is not text goes out as JSON. */
export function httpAnswer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): string {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const all = { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Status\r\n${lines.join("")}\r\n${text}`;
}
