// One HTTP request and its answer, over a socket of its own unless the caller may repeat the request. Knows for sure
// whether a failed request can have reached the server: that decides whether it may be sent again. Never follows a
// redirect, never rejects.

import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { TLSSocket } from "node:tls";
import type { Connection } from "../connection.ts";

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  /** From connecting to the last byte; 0: no limit. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Connections that may be used again. */
  readonly agents?: Connection["agents"] | undefined;
}

export interface HttpAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpFailure {
  readonly kind: "failed";
  /** False: no connection was made, so the server cannot have seen the request. */
  readonly reached: boolean;
  /** Node's error code, or `TIMEOUT`, `ABORTED`, `TOO_LARGE`. */
  readonly code: string;
  readonly reason: string;
}

export type Exchange = HttpAnswer | HttpFailure;

const LARGEST_ANSWER = 64 * 1024 * 1024;

export function exchange(request: HttpRequest): Promise<Exchange> {
  return new Promise((resolve) => {
    let connected = false;
    const fail = (code: string, reason: string) => resolve({ kind: "failed", reached: connected, code, reason });
    const outgoing = open(request);
    if (outgoing instanceof Error) return fail(codeOf(outgoing), outgoing.message);

    const stop = (code: string, reason: string) => {
      fail(code, reason);
      outgoing.destroy();
    };
    const { timeoutMs, signal } = request;
    const onTimeout = () => stop("TIMEOUT", `no answer within ${timeoutMs} ms`);
    const timer = timeoutMs > 0 ? setTimeout(onTimeout, timeoutMs) : undefined;
    const onAbort = () => stop("ABORTED", "the caller gave up");
    signal?.addEventListener("abort", onAbort, { once: true });
    outgoing.on("socket", (socket) => {
      if (outgoing.reusedSocket || (!socket.connecting && !isTls(socket))) connected = true;
      else socket.once(isTls(socket) ? "secureConnect" : "connect", () => (connected = true));
    });
    outgoing.on("error", (error) => fail(codeOf(error), error.message));
    outgoing.on("response", (incoming) => {
      connected = true;
      collect(incoming, stop, (body) =>
        resolve({ kind: "answer", status: incoming.statusCode ?? 0, headers: incoming.headers, body }),
      );
    });
    outgoing.on("close", () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      fail("ECONNRESET", "the connection was closed before the answer was complete");
    });
    if (signal?.aborted) onAbort();
    else outgoing.end(request.body ?? undefined);
  });
}

/** The request, not yet sent; an Error when it cannot be put on the wire at all (a header with a line break). */
function open({ method, url, headers, body, agents }: HttpRequest): ClientRequest | Error {
  const withBody = body !== null || /^(POST|PUT|PATCH)$/.test(method);
  const options = {
    method,
    headers: { ...headers, ...(withBody ? { "content-length": String(body?.length ?? 0) } : {}) },
  };
  try {
    // Without an agent that keeps sockets, each request gets one of its own: a socket that the server is just closing
    // would make an outcome unknown for nothing.
    if (url.protocol === "https:") return requestHttps(url, { ...options, agent: agents?.https ?? false });
    return requestHttp(url, { ...options, agent: agents?.http ?? false });
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}

function collect(
  incoming: IncomingMessage,
  stop: (code: string, reason: string) => void,
  done: (body: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  incoming.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > LARGEST_ANSWER) stop("TOO_LARGE", `the answer is larger than ${LARGEST_ANSWER / 1024 / 1024} MB`);
    else chunks.push(chunk);
  });
  incoming.on("error", (error) => stop(codeOf(error), "the connection broke before the answer was complete"));
  incoming.on("end", () => {
    if (incoming.complete) done(Buffer.concat(chunks));
  });
}

function isTls(socket: object): socket is TLSSocket {
  return "encrypted" in socket;
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "FAILED";
}
