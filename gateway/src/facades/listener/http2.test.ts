// Both versions of HTTP on one port, and whatever else comes there.

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2, constants } from "node:http2";
import { get as getHttps } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { testCertificate } from "../../../test/support/test-certificate.ts";
import { systemClock } from "../../core/clock.ts";
import { createMetrics } from "../../observe/metrics.ts";
import { createListener, type TlsFiles } from "../listener.ts";
import { acceptHttp2, type Http2Limits } from "./http2.ts";

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const limits: Http2Limits = { headersTimeoutMs: 30_000, answerTimeoutMs: 30_000, keepAliveTimeoutMs: 30_000 };
const versions: Handler = (request, response) => void response.end(request.httpVersion);

async function serving(handler: Handler = versions, changed: Partial<Http2Limits> = {}) {
  const server = createServer(handler);
  acceptHttp2(server, { ...limits, ...changed });
  server.on(
    "clientError",
    (error: Error & { code?: string }, socket: Socket) => void socket.end(`problem ${error.code}`),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => closed(server));
  return { server, port: (server.address() as AddressInfo).port };
}

async function closed(server: Server): Promise<void> {
  if (!server.listening) return;
  const ended = once(server, "close");
  server.close();
  server.closeAllConnections();
  await ended;
}

function session(url: string, options: { ca?: string } = {}): ClientHttp2Session {
  const client = connectHttp2(url, options);
  client.on("error", () => undefined);
  closers.push(() => client.destroy());
  return client;
}

async function ask(client: ClientHttp2Session, headers: Record<string, string> = {}, body?: string) {
  const stream = client.request({ ":path": "/", ...headers });
  const answered = once(stream, "response");
  stream.end(body);
  const [response] = (await answered) as [Record<string, string>];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return { status: Number(response[":status"]), headers: response, text: Buffer.concat(chunks).toString() };
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  closers.push(() => socket.destroy());
  await once(socket, "connect");
  socket.setNoDelay(true);
  return socket;
}

/** Everything that comes until the other side is through. */
async function rest(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  if (!socket.closed) await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

/** Each piece in a packet of its own, as far as the network leaves it so. */
async function sayInPieces(socket: Socket, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    await new Promise((resolve) => socket.write(piece, resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("one port", () => {
  it("takes both versions of HTTP, side by side", async () => {
    const { port } = await serving();
    const url = `http://127.0.0.1:${port}`;
    const client = session(url);
    const answers = await Promise.all([
      ...Array.from({ length: 20 }, () => ask(client).then(({ text }) => text)),
      ...Array.from({ length: 20 }, async () => (await fetch(url)).text()),
    ]);
    expect(answers.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => "2.0"));
    expect(answers.slice(20)).toEqual(Array.from({ length: 20 }, () => "1.1"));
  });

  it("knows a request by its first bytes, however they are cut", async () => {
    const bodies: string[] = [];
    const { port } = await serving((request, response) => {
      let body = "";
      request
        .on("data", (chunk) => (body += chunk))
        .on("end", () => {
          bodies.push(`${request.method} ${body}`);
          response.end("ok");
        });
    });
    for (const pieces of [
      ["P", "OST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\nab", "cd"],
      ["P", "U", "T / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\nabcd"],
      ["PATCH / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\nabcd"],
    ]) {
      const socket = await dial(port);
      const answer = rest(socket);
      await sayInPieces(socket, pieces);
      expect(await answer).toMatch(/^HTTP\/1\.1 200/);
    }
    expect(bodies).toEqual(["POST abcd", "PUT abcd", "PATCH abcd"]);
    const socket = await dial(port);
    const answer = rest(socket);
    // The preface in three pieces, empty settings, a GOAWAY.
    const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]).toString("latin1");
    await sayInPieces(socket, ["P", "RI * HTT", `P/2.0\r\n\r\nSM\r\n\r\n${settings}`]);
    socket.end(Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    // The server's settings: a frame of type 4 on stream 0.
    const answered = Buffer.from(await answer, "latin1");
    expect([...answered.subarray(3, 9)]).toEqual([4, 0, 0, 0, 0, 0]);
  });

  it("survives what is neither, what is cut, and what is reset", async () => {
    const { port } = await serving();
    for (const [said, answered] of [
      ["PRI * HTTP/2.0\r\n\r\nnonsense and nonsense and more of it", undefined],
      ["PRIVATE / HTTP/1.1\r\n\r\n", undefined],
      ["@@@ nothing known", "problem HPE_INVALID_METHOD"],
      ["PR", "problem HPE_INVALID_EOF_STATE"],
      ["", ""],
    ] as const) {
      const socket = await dial(port);
      const answer = rest(socket);
      socket.end(said);
      const text = await answer;
      if (answered !== undefined) expect(text).toBe(answered);
    }
    for (const said of ["", "P", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]) {
      const socket = await dial(port);
      socket.write(said);
      socket.resetAndDestroy();
    }
    const client = session(`http://127.0.0.1:${port}`);
    const reset = client.request({ ":method": "POST", ":path": "/" });
    reset.on("error", () => undefined);
    reset.write("half a");
    reset.close(constants.NGHTTP2_CANCEL);
    expect((await ask(client)).text).toBe("2.0");
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe("1.1");
  });
});

describe("time", () => {
  it("is up for whoever says nothing, or no more than a beginning", async () => {
    const { port } = await serving(versions, { headersTimeoutMs: 20 });
    for (const said of ["", "PR"]) {
      const socket = await dial(port);
      if (said !== "") socket.write(said);
      expect(await rest(socket)).toBe("problem ERR_HTTP_REQUEST_TIMEOUT");
    }
  });

  it("is up for an HTTP/2 connection without requests, and for a request whose end never comes", async () => {
    const idle = await serving(versions, { keepAliveTimeoutMs: 20 });
    await once(session(`http://127.0.0.1:${idle.port}`), "close");
    const { port } = await serving((request) => void request.resume(), { answerTimeoutMs: 20 });
    const stream = session(`http://127.0.0.1:${port}`).request({ ":method": "POST", ":path": "/" });
    stream.on("error", () => undefined);
    stream.write("the beginning");
    await once(stream, "close");
    expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
  });
});

describe("closing", () => {
  it("lets HTTP/2 requests finish, and tells their connections to go", async () => {
    const begun = Promise.withResolvers<ServerResponse>();
    const { server, port } = await serving((_request, response) => begun.resolve(response));
    const client = session(`http://127.0.0.1:${port}`);
    const answer = ask(client);
    const response = await begun.promise;
    const goaway = once(client, "goaway");
    const undecided = await dial(port);
    const closedAtLast = once(server, "close");
    server.close();
    await Promise.all([goaway, rest(undecided)]);
    response.end("done");
    expect((await answer).text).toBe("done");
    await closedAtLast;
  });

  it("ends at last what does not", async () => {
    const begun = Promise.withResolvers<void>();
    const { server, port } = await serving(() => begun.resolve());
    const client = session(`http://127.0.0.1:${port}`);
    const stream = client.request({ ":path": "/" });
    stream.on("error", () => undefined);
    await begun.promise;
    const ended = once(server, "close");
    server.close();
    server.closeAllConnections();
    await ended;
  });
});

async function listening(tls: TlsFiles | null = null) {
  const metrics = createMetrics();
  const health = { draining: false, databaseUp: true };
  const app = createListener({
    ...{ config: { publicUrl: null, trustedProxies: [] }, tls, metrics, health, clock: systemClock },
    log: pino({ level: "silent" }),
  });
  app.post("/echo", async (request) => ({ body: request.body, host: request.host, version: request.raw.httpVersion }));
  app.get("/echo", async (request) => ({ host: request.host, ip: request.ip, protocol: request.protocol }));
  await app.listen({ host: "127.0.0.1", port: 0 });
  closers.push(() => app.close(), metrics.close);
  return { app, port: (app.server.address() as AddressInfo).port, health };
}

describe("the listener", () => {
  it("answers HTTP/2 as it answers HTTP/1.1", async () => {
    const { port, health } = await listening();
    const client = session(`http://127.0.0.1:${port}`);
    const headers = { ":method": "POST", ":path": "/echo", "content-type": "application/x-www-form-urlencoded" };
    const { status, text } = await ask(client, headers, "To=%2B1202");
    expect({ status, ...JSON.parse(text) }).toEqual({
      ...{ status: 200, body: { To: "+1202" }, host: `127.0.0.1:${port}`, version: "2.0" },
    });
    expect(JSON.parse((await ask(client, { ":path": "/echo" })).text)).toEqual({
      ...{ host: `127.0.0.1:${port}`, ip: "127.0.0.1", protocol: "http" },
    });
    expect((await ask(client, { ":path": "/%zz" })).status).toBe(404);
    expect((await ask(client, headers, `a=${"b".repeat(2_000_000)}`)).status).toBe(413);
    health.draining = true;
    const refused = await ask(client, { ":path": "/echo" });
    expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "2"]);
  });

  it("serves TLS with both versions when it has a certificate, and nothing else then", async () => {
    const { port } = await listening(testCertificate);
    const url = `https://127.0.0.1:${port}`;
    const client = session(url, { ca: testCertificate.cert });
    const { text } = await ask(client, { ":path": "/echo" });
    expect(client.alpnProtocol).toBe("h2");
    expect(JSON.parse(text)).toMatchObject({ protocol: "https" });
    const [response] = (await once(getHttps(`${url}/echo`, { ca: testCertificate.cert }), "response")) as [
      IncomingMessage,
    ];
    response.resume();
    expect([response.statusCode, response.httpVersion]).toEqual([200, "1.1"]);
    const plain = await dial(port);
    plain.write("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(await rest(plain)).not.toContain("protocol");
  });
});
