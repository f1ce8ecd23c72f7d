// An application's web server in tests: takes callbacks, keeps them, and lets a test wait for the one it wants.

import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";

export interface ReceivedCallback {
  /** As the gateway requested it, with origin. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly params: Readonly<Record<string, string>>;
}

export interface CallbackReceiver {
  /** URL to give to the gateway; any path is taken. */
  readonly url: string;
  readonly received: readonly ReceivedCallback[];
  /** Resolves to the first callback, past or to come, that matches. */
  next(matches: (callback: ReceivedCallback) => boolean): Promise<ReceivedCallback>;
  close(): Promise<void>;
}

export interface CallbackReceiverOptions {
  /** The answer to every callback. Default: empty. */
  readonly reply?: { readonly contentType: string; readonly body: string };
}

export async function startCallbackReceiver({ reply }: CallbackReceiverOptions = {}): Promise<CallbackReceiver> {
  const received: ReceivedCallback[] = [];
  const waiting = new Set<(callback: ReceivedCallback) => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      const url = `http://${request.headers.host ?? ""}${request.url ?? ""}`;
      const callback = { url, headers: request.headers, body, params: Object.fromEntries(new URLSearchParams(body)) };
      received.push(callback);
      for (const notify of [...waiting]) notify(callback);
      response.setHeader("content-type", reply?.contentType ?? "text/plain");
      response.end(reply?.body ?? "");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the receiver has no port");
  return {
    url: `http://127.0.0.1:${address.port}/callbacks?from=test`,
    received,
    next: (matches) =>
      new Promise((resolve) => {
        const earlier = received.find(matches);
        if (earlier !== undefined) return resolve(earlier);
        const notify = (callback: ReceivedCallback): void => {
          if (!matches(callback)) return;
          waiting.delete(notify);
          resolve(callback);
        };
        waiting.add(notify);
      }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
