// A reverse proxy for tests: a real HTTP server that passes requests on to one origin and, as proxies do, tells in headers
// how it was called. Call close() when done.

import { once } from "node:events";
import { createServer, request as sendRequest } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReverseProxy {
  /** What callers are to call. */
  readonly origin: string;
  /** Paths asked for, in their order. */
  readonly paths: readonly string[];
  close(): Promise<void>;
}

export interface ReverseProxyOptions {
  /** Where it passes requests on to; asked for each request. */
  readonly target: () => string;
  /** The scheme that it says it was called with. Default: http, as it was. */
  readonly protocol?: string;
}

export async function startReverseProxy({ target, protocol = "http" }: ReverseProxyOptions): Promise<ReverseProxy> {
  const paths: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? "/";
    paths.push(path);
    const { host, ...headers } = incoming.headers;
    const onward = sendRequest(
      target() + path,
      {
        method: incoming.method,
        headers: {
          ...headers,
          "x-forwarded-for": incoming.socket.remoteAddress,
          "x-forwarded-host": host,
          "x-forwarded-proto": protocol,
        },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on("error", () => outgoing.writeHead(502).end());
    incoming.pipe(onward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
