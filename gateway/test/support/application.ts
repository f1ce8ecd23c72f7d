// An application as the gateway's callbacks see it: a real HTTP server on loopback that keeps what it is sent.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The form fields, of the body or (GET) the query. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface Application {
  readonly origin: string;
  readonly requests: ReceivedRequest[];
  /** Resolves once so many requests have come in all. */
  received(count: number): Promise<ReceivedRequest[]>;
  close(): Promise<void>;
}

export type Answer = (request: ReceivedRequest, response: ServerResponse, count: number) => void;

export async function startApplication(answer: Answer = (_, response) => response.end()): Promise<Application> {
  const requests: ReceivedRequest[] = [];
  const waiters = new Set<() => void>();
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      const path = incoming.url ?? "/";
      const form = incoming.method === "GET" ? (path.split("?")[1] ?? "") : body;
      const fields = Object.fromEntries(new URLSearchParams(form));
      const request = { method: incoming.method ?? "", path, headers: incoming.headers, body, fields };
      requests.push(request);
      answer(request, response, requests.length);
      for (const check of waiters) check();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    received: (count) =>
      new Promise((resolve) => {
        const check = () => {
          if (requests.length < count) return;
          waiters.delete(check);
          resolve(requests);
        };
        waiters.add(check);
        check();
      }),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
