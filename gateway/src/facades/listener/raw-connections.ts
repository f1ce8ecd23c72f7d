// What happens below HTTP: requests that cannot be parsed, and connections that end while the client still sends.

import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

const lingerMs = 2_000;

/**
 * When the connection is closed after an answer, keep reading for a moment. Closing with unread data makes the kernel
 * reset the connection, and the client loses the answer that it has not read yet.
 */
export function lingerOnClose(socket: Socket): void {
  socket.destroySoon = () => {
    if (socket.writableEnded) return;
    socket.end();
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once("close", () => clearTimeout(timer));
  };
}

const problems: Readonly<Record<string, { status: number; message: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: "The request took too long to arrive." },
  HPE_HEADER_OVERFLOW: { status: 431, message: "The request headers are larger than 16384 bytes." },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, message: "The chunk extensions of the body are too large." },
};
const notHttp = { status: 400, message: "This is no HTTP request that can be understood." };

/** Answers what Node's parser refused, and closes. Nothing is written into an answer that is already under way. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  // Node keeps the answer in progress here; it has no public name for it.
  const { _httpMessage: answer } = socket as Socket & { _httpMessage?: { headersSent: boolean } | null };
  if (!socket.writable || answer?.headersSent === true) {
    socket.destroy();
    return;
  }
  const { status, message } = problems[error.code ?? ""] ?? notHttp;
  const body = JSON.stringify({ error: { code: "invalid-parameter", message } });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once("close", () => clearTimeout(timer));
}
