import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { exchange } from "./exchange.ts";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, "close");
  }
});

/** A bare TCP server: what it says is up to the test. */
async function tcpServer(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => sockets.delete(socket)).on("close", () => sockets.delete(socket));
    onConnection(socket);
  });
  const close = server.close.bind(server);
  server.close = (done) => {
    for (const socket of sockets) socket.destroy();
    return close(done);
  };
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const ask = (url: string, parts: object = {}) =>
  exchange({ method: "POST", url: new URL(url), headers: {}, body: Buffer.from("a=1"), timeoutMs: 2_000, ...parts });

describe("exchange", () => {
  it("knows that a refused connection, an unknown host and a broken TLS handshake sent nothing", async () => {
    const closed = await tcpServer(() => undefined);
    const server = servers.pop();
    server?.close();
    if (server !== undefined) await once(server, "close");
    expect(await ask(`http://127.0.0.1:${closed}/`)).toMatchObject({ reached: false, code: "ECONNREFUSED" });
    expect(await ask("http://nowhere.invalid/")).toMatchObject({ kind: "failed", reached: false });
    const plain = await tcpServer((socket) => socket.end("this is no TLS"));
    expect(await ask(`https://127.0.0.1:${plain}/`)).toMatchObject({ kind: "failed", reached: false });
    const silent = await tcpServer(() => undefined);
    expect(await ask(`https://127.0.0.1:${silent}/`, { timeoutMs: 100 })).toMatchObject({
      reached: false,
      code: "TIMEOUT",
    });
  });

  it.each([
    ["is reset", (socket: Socket) => socket.once("data", () => socket.resetAndDestroy())],
    ["is closed", (socket: Socket) => socket.once("data", () => socket.end())],
    ["breaks in the answer's head", (socket: Socket) => socket.once("data", () => socket.end("HTTP/1.1 20"))],
    [
      "breaks in the answer's body",
      (socket: Socket) => socket.once("data", () => socket.end("HTTP/1.1 201 OK\r\ncontent-length: 9\r\n\r\n{")),
    ],
    ["is answered with nonsense", (socket: Socket) => socket.once("data", () => socket.end("220 smtp ready\r\n"))],
  ])("knows that a request whose connection %s may have arrived", async (_case, behave) => {
    const port = await tcpServer((socket) => void behave(socket));
    expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({ kind: "failed", reached: true });
  });

  it("ends at its deadline though bytes keep coming", async () => {
    const port = await tcpServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
      const drip = setInterval(() => socket.write("x"), 20);
      socket.on("close", () => clearInterval(drip));
    });
    expect(await ask(`http://127.0.0.1:${port}/`, { timeoutMs: 200 })).toMatchObject({
      reached: true,
      code: "TIMEOUT",
    });
  });

  it("ends when the caller gives up, before or during the request", async () => {
    const port = await tcpServer(() => undefined);
    const aborting = new AbortController();
    const running = ask(`http://127.0.0.1:${port}/`, { signal: aborting.signal });
    aborting.abort();
    expect(await running).toMatchObject({ code: "ABORTED" });
    expect(await ask(`http://127.0.0.1:${port}/`, { signal: aborting.signal })).toMatchObject({ code: "ABORTED" });
  });

  it("gives what cannot be sent as a failure, too", async () => {
    expect(await ask("http://127.0.0.1:1/", { headers: { "x-a": "a\r\nb: c" } })).toMatchObject({ reached: false });
  });
});
