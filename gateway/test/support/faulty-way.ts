// A way to an upstream that misbehaves per recipient: an HTTP server in front of a real gateway which passes messages on,
// answers in its place, or loses requests or answers. All other requests get through.

import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ProviderBehaviour } from "./carrier-suite.ts";

export interface FaultyWay {
  /** Origin, without a slash at the end. */
  readonly url: string;
  /** From now on messages to that recipient fare like that. Default `accepts`. */
  behave(to: string, behaviour: ProviderBehaviour): void;
  close(): Promise<void>;
}

/** `notMobile`: a recipient whom the upstream itself refuses with 21614. */
export async function startFaultyWay(upstreamUrl: string, notMobile: string): Promise<FaultyWay> {
  const behaviours = new Map<string, ProviderBehaviour>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const form = new URLSearchParams(request.method === "POST" ? body.toString() : "");
      const behaviour = behaviours.get(form.get("To") ?? "") ?? "accepts";
      switch (behaviour) {
        case "accepts":
          return forward(upstreamUrl, request, body, response);
        case "retry":
          response.writeHead(429, { "content-type": "application/json", "retry-after": "7" });
          response.end(JSON.stringify({ code: 20429, message: "Too Many Requests", status: 429 }));
          return;
        case "refuses":
          form.set("To", notMobile);
          return forward(upstreamUrl, request, Buffer.from(form.toString()), response);
        case "takes-then-silent":
          return forward(upstreamUrl, request, body, response, () => request.socket.destroy());
        case "silent":
          request.socket.destroy();
          return;
        case "slow":
          return;
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behave: (to, behaviour) => behaviours.set(to, behaviour),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** `onAnswer`: what is done with the whole answer instead of passing it on. */
function forward(
  upstreamUrl: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  onAnswer?: () => void,
): void {
  const { "content-length": _length, "transfer-encoding": _encoding, connection: _connection, ...others } = headers;
  const upstream = httpRequest(`${upstreamUrl}${url ?? ""}`, { method, headers: others }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on("data", (chunk: Buffer) => chunks.push(chunk));
    answer.on("end", () => {
      if (onAnswer !== undefined) return onAnswer();
      response.writeHead(answer.statusCode ?? 500, { "content-type": answer.headers["content-type"] ?? "" });
      response.end(Buffer.concat(chunks));
    });
  });
  upstream.on("error", () => response.destroy());
  upstream.end(body);
}
