// HTTP/1.1 and HTTP/2 on one port. Without TLS the first bytes of a connection say which it is; with TLS the two sides have
// agreed on it. HTTP/2 requests go through the same handler. Whatever comes first on a connection, it must neither crash
// the gateway nor stay open for nothing.
//
// Costs a new connection 4 to 8 µs of CPU without TLS (35 to 50 in all), and a request on an open one nothing.

import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import {
  constants,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
} from "node:http2";
import type { Socket } from "node:net";
import { type TLSSocket, Server as TlsServer } from "node:tls";

export interface Http2Limits {
  /** A connection must have said something by then. */
  readonly headersTimeoutMs: number;
  /** A request must have got the beginning of its answer by then. */
  readonly answerTimeoutMs: number;
  /** How long a connection may be idle. */
  readonly keepAliveTimeoutMs: number;
}

const streamsPerSessionMax = 100;
/** As for HTTP/1.1. */
const lingerMs = 2_000;
/** The beginning of HTTP/2's preface; no HTTP/1.1 method begins so. */
const preface = Buffer.from("PRI");

/**
 * Takes the connections of `server` over: HTTP/1.1 goes on as before, requests of HTTP/2 are its `request` events. Closing
 * idle or all connections includes those of HTTP/2 (idle ones with a GOAWAY, once their answers are through).
 */
export function acceptHttp2(server: HttpServer, limits: Http2Limits): void {
  const encrypted = server instanceof TlsServer;
  const event = encrypted ? "secureConnection" : "connection";
  const http1 = server.listeners(event) as ((socket: Socket) => void)[];
  server.removeAllListeners(event);
  const toHttp1 = (socket: Socket): void => {
    for (const listener of http1) listener.call(server, socket);
  };
  const { toHttp2, closeSessions, destroySessions } = createSessions(server, limits);
  const undecided = new Set<Socket>();
  const forgetUndecided = (): void => {
    for (const socket of undecided) socket.destroy();
  };

  server.on(event, (socket: Socket) => {
    if (encrypted) return (socket as TLSSocket).alpnProtocol === "h2" ? toHttp2(socket) : toHttp1(socket);
    undecided.add(socket);
    readBeginning(socket, limits.headersTimeoutMs, (beginning) => {
      undecided.delete(socket);
      if (beginning === "http1") toHttp1(socket);
      else if (beginning === "http2") toHttp2(socket);
      else if (beginning !== "gone") server.emit("clientError", problemOf(beginning), socket);
    });
  });

  const closeIdleConnections = server.closeIdleConnections.bind(server);
  const closeAllConnections = server.closeAllConnections.bind(server);
  server.closeIdleConnections = () => {
    forgetUndecided();
    closeSessions();
    closeIdleConnections();
  };
  server.closeAllConnections = () => {
    forgetUndecided();
    destroySessions();
    closeAllConnections();
  };
}

function problemOf(beginning: "late" | "cut"): Error {
  return Object.assign(new Error(`a request came ${beginning}`), {
    code: beginning === "late" ? "ERR_HTTP_REQUEST_TIMEOUT" : "HPE_INVALID_EOF_STATE",
  });
}

/** `late`: nothing that says what it is came in time. `cut`: it ended before. `gone`: nobody is there any more. */
type Beginning = "http1" | "http2" | "late" | "cut" | "gone";

/**
 * Calls `decided` once. The socket must not begin to flow here: HTTP/2 reads from below the stream, and what has been read
 * is put back.
 */
function readBeginning(socket: Socket, timeoutMs: number, decided: (beginning: Beginning) => void): void {
  let head: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => end("late"), timeoutMs);
  const cut = () => end(head.length === 0 ? "gone" : "cut");
  const gone = () => end("gone");

  function end(beginning: Beginning): void {
    clearTimeout(timer);
    socket.off("readable", look).off("end", cut).off("close", gone).off("error", ignore);
    if (beginning === "http1" || beginning === "http2") socket.unshift(head);
    if (beginning === "gone") socket.destroy();
    decided(beginning);
  }
  function look(): void {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const length = Math.min(head.length, preface.length);
    if (head.compare(preface, 0, length, 0, length) !== 0) end("http1");
    else if (length === preface.length) end("http2");
  }
  socket.on("readable", look).on("end", cut).on("close", gone).on("error", ignore);
}

function ignore(): void {
  // The close that follows is what counts.
}

function createSessions(server: HttpServer, { answerTimeoutMs, keepAliveTimeoutMs }: Http2Limits) {
  const sessions = new Set<ServerHttp2Session>();
  const http2 = createServer({ settings: { maxConcurrentStreams: streamsPerSessionMax } }, (request, response) => {
    const timer = setTimeout(() => {
      if (!response.headersSent) response.stream?.close(constants.NGHTTP2_CANCEL);
    }, answerTimeoutMs);
    response.once("close", () => clearTimeout(timer));
    // The response itself says so only when its stream is closed.
    response.stream?.once("finish", () => endUnread(request));
    withoutConnectionHeader(response);
    // They have what handlers of HTTP/1.1 use.
    server.emit("request", request as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  http2.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.setTimeout(keepAliveTimeoutMs, () => session.close());
  });
  http2.on("stream", (stream) => {
    // A client may reset a stream at any time.
    stream.on("error", ignore);
    stream.setTimeout(keepAliveTimeoutMs, () => stream.close(constants.NGHTTP2_CANCEL));
  });
  return {
    toHttp2: (socket: Socket): void => {
      http2.emit("connection", socket);
    },
    closeSessions: (): void => {
      for (const session of sessions) session.close();
    },
    destroySessions: (): void => {
      for (const session of sessions) session.destroy();
    },
  };
}

/** Answered before it was read: what still comes is read for a moment, and then no more. */
function endUnread(request: Http2ServerRequest): void {
  const { stream } = request;
  if (stream.readableEnded || stream.closed) return;
  request.resume();
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), lingerMs);
  stream.once("close", () => clearTimeout(timer));
}

/** HTTP/2 has none, and Node would warn of it; what ends an HTTP/1.1 connection (after a body too large …) sets one. */
function withoutConnectionHeader(response: Http2ServerResponse): void {
  const writeHead = response.writeHead.bind(response);
  Object.assign(response, {
    writeHead: (status: number, ...rest: unknown[]): Http2ServerResponse => {
      const given = rest.at(-1);
      const { connection: _none, ...headers }: OutgoingHttpHeaders = typeof given === "object" ? { ...given } : {};
      return writeHead(status, headers);
    },
  });
}
