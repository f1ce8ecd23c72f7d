import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../core/clock.ts";
import { createMetrics } from "../observe/metrics.ts";
import { bodyLimitBytes, createListener, publicUrlOf } from "./listener.ts";

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listening(config: { publicUrl?: string; trustedProxies?: string[] } = {}) {
  const lines: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
  const metrics = createMetrics();
  const health = { draining: false, databaseUp: true };
  const app = createListener({
    config: { publicUrl: config.publicUrl ?? null, trustedProxies: config.trustedProxies ?? [] },
    log,
    metrics,
    health,
    clock: systemClock,
  });
  let handled = 0;
  app.post("/echo", async (request) => {
    handled += 1;
    return { body: request.body, raw: request.rawForm, id: request.id };
  });
  app.get("/items/:name", async (request) => ({ params: request.params, url: publicUrlOf(request) }));
  app.get("/livez", { config: { whileDraining: true } }, async () => "ok");
  app.get("/broken", async () => {
    throw new Error("the reason");
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  closers.push(() => app.close(), metrics.close);
  const { port } = app.server.address() as AddressInfo;
  return { app, port, url: `http://127.0.0.1:${port}`, health, metrics, lines, handledCount: () => handled };
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port });
  closers.push(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** Everything that the server says until it closes the connection. A reset rejects. */
async function answerOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function say(port: number, text: string): Promise<string> {
  const socket = await connected(port);
  socket.write(text);
  return await answerOf(socket);
}

const form = "application/x-www-form-urlencoded";
const post = (url: string, body: string, type = form) =>
  fetch(url, { method: "POST", body, headers: { "content-type": type } });

describe("bodies", () => {
  it("reads a form with repeated names and keeps its text", async () => {
    const { url } = await listening();
    const raw = "To=%2B1202&MediaUrl=a&MediaUrl=b&Body=h%C3%A9+y";
    const answer = await (await post(`${url}/echo`, `${raw}`, `${form}; charset=UTF-8`)).json();
    expect(answer).toMatchObject({ body: { To: "+1202", MediaUrl: ["a", "b"], Body: "hé y" }, raw });
    expect((answer as { id: string }).id).toMatch(/^RQ[0-9a-f]{32}$/);
  });

  it("refuses a body over the limit with 413, whole on the client's side, however it is framed", async () => {
    const { url, port, handledCount } = await listening();
    const big = "a".repeat(10 * bodyLimitBytes);
    const response = await post(`${url}/echo`, `Body=${big}`);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { code: "body-too-large" } });

    const socket = await connected(port);
    const answer = answerOf(socket);
    socket.write(`POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: ${form}\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const chunk = `${bodyLimitBytes.toString(16)}\r\n${"b".repeat(bodyLimitBytes)}\r\n`;
    for (let sent = 0; sent < 10; sent += 1) socket.write(chunk);
    // A request behind the refused one on the same connection is not done: nobody would get its answer.
    socket.write(`0\r\n\r\nPOST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: ${form}\r\nContent-Length: 3\r\n\r\na=b`);
    socket.end();
    expect(await answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(handledCount()).toBe(0);
  });

  it("answers JSON that is none and unknown types with a 4xx", async () => {
    const { url } = await listening();
    expect((await post(`${url}/echo`, "{", "application/json")).status).toBe(400);
    expect((await post(`${url}/echo`, '{"__proto__":{"a":1}}', "application/json")).status).toBe(400);
    expect((await post(`${url}/echo`, "<a/>", "application/xml")).status).toBe(415);
    expect((await post(`${url}/echo`, "x", "///")).status).toBe(415);
  });
});

describe("malformed HTTP", () => {
  it("is answered with a 4xx and a closed connection", async () => {
    const { port } = await listening();
    const header = (size: number) => `GET /items/a HTTP/1.1\r\nHost: x\r\nX-Long: ${"y".repeat(size)}\r\n\r\n`;
    expect(await say(port, "nonsense\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 [\s\S]*"invalid-parameter"/);
    expect(await say(port, "FROBNICATE / HTTP/1.1\r\nHost: x\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    expect(await say(port, header(40_000))).toMatch(/^HTTP\/1\.1 431 /);
    expect(await say(port, "GET / HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    expect(await say(port, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n")).not.toMatch(/ 5\d\d /);
    const badChunk = `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: ${form}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`;
    expect(await say(port, badChunk)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("finds no route for a path that cannot be decoded, under whichever prefix", async () => {
    const { port } = await listeningWithFacade();
    const get = (path: string) => say(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    for (const path of ["/%", "/items/x/%zz", "/%ff%fe", "/items/%c0%80/y", "/%2"]) {
      expect(await get(path), path).toMatch(/^HTTP\/1\.1 404 [\s\S]*"not-found"/);
    }
    expect(await get("/facade/%zz/y?a=%zz")).toMatch(/^HTTP\/1\.1 404 [\s\S]*facade says no/);
    expect(await get(`/items/${"x".repeat(9_000)}`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("answers every method that Node knows without a 5xx", async () => {
    const { port } = await listening();
    for (const method of ["PROPFIND", "TRACE", "QUERY", "OPTIONS", "PURGE", "M-SEARCH", "HEAD"]) {
      const answer = await say(port, `${method} /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(answer, method).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
  });
});

async function listeningWithFacade() {
  const log = pino({ level: "silent" });
  const metrics = createMetrics();
  const health = { draining: false, databaseUp: true };
  const config = { publicUrl: null, trustedProxies: [] };
  const app = createListener({ config, log, metrics, health, clock: systemClock });
  app.get("/items/:name", async () => "item");
  await app.register(
    (facade, _options, done) => {
      facade.setNotFoundHandler((_request, reply) => reply.code(404).send("facade says no"));
      done();
    },
    { prefix: "/facade" },
  );
  await app.listen({ host: "127.0.0.1", port: 0 });
  closers.push(() => app.close(), metrics.close);
  return { port: (app.server.address() as AddressInfo).port };
}

describe("draining", () => {
  it("refuses new requests with 503, Retry-After and a closed connection, but answers health", async () => {
    const { url, port, health, handledCount } = await listening();
    health.draining = true;
    const response = await post(`${url}/echo`, "a=b");
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("2");
    expect(response.headers.get("connection")).toBe("close");
    expect(handledCount()).toBe(0);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    // the connection of a refused request ends by itself
    expect(await say(port, "GET /items/a HTTP/1.1\r\nHost: x\r\n\r\n")).toMatch(/^HTTP\/1\.1 503 /);
  });
});

describe("answers", () => {
  it("turn an unexpected error into a 500 whose id is in the log, without its reason", async () => {
    const { url, lines } = await listening();
    const response = await fetch(`${url}/broken`);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toContain("the reason");
    const id = /RQ[0-9a-f]{32}/.exec(text)?.[0];
    expect(lines.find((line) => line.includes('"level":50'))).toContain(`"reqId":"${id}"`);
  });

  it("are counted by route pattern, never by URL", async () => {
    const { url, metrics } = await listening();
    await fetch(`${url}/items/secret-name`);
    await fetch(`${url}/nowhere/secret-name`);
    await expect
      .poll(() => metrics.registry.metrics())
      .toContain('trunkline_http_requests_total{method="GET",route="/items/:name",status="200"} 1');
    const text = await metrics.registry.metrics();
    expect(text).toContain('route="(none)",status="404"');
    expect(text).not.toContain("secret-name");
  });
});

describe("publicUrlOf", () => {
  const urlSeen = async (base: string, headers: Record<string, string>): Promise<string> => {
    const { port } = new URL(base);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const answer = await say(Number(port), `GET /items/a HTTP/1.1\r\n${lines.join("")}Connection: close\r\n\r\n`);
    return (JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4)) as { url: string }).url;
  };

  it("is what is configured, else the Host header as far as it is a host", async () => {
    const { url } = await listening();
    expect(await urlSeen(url, { Host: "sms.example.com:8443" })).toBe("http://sms.example.com:8443");
    expect(await urlSeen(url, { Host: "[::1]:80" })).toBe("http://[::1]:80");
    expect(await urlSeen(url, { Host: 'a"><script>' })).toBe(url);
    expect(await urlSeen(url, { Host: "evil/path@x" })).toBe(url);
    const configured = await listening({ publicUrl: "https://sms.example.com/base" });
    expect(await urlSeen(configured.url, { Host: "other" })).toBe("https://sms.example.com/base");
  });

  it("is where the connection came in when no URL can be made of the Host header, or one of another host", async () => {
    const { url } = await listening();
    const hosts = ["1.2.3.999", "a:99999", "[1]", "a.0x", "0x", "0x7f.1", "127.1", "[::ffff:1.2.3.4.5]"];
    for (const host of hosts) expect([host, await urlSeen(url, { Host: host })]).toEqual([host, url]);
    const readable = ["a..b", "A.example:443", "my_host", "1.2.3.4:80", "localhost"];
    for (const host of readable) expect(await urlSeen(url, { Host: host })).toBe(`http://${host}`);
  });

  it("believes forwarded headers of trusted proxies only", async () => {
    const forwarded = { Host: "inner", "X-Forwarded-Host": "outer.example.com", "X-Forwarded-Proto": "https" };
    const { url } = await listening();
    expect(await urlSeen(url, forwarded)).toBe("http://inner");
    const proxied = await listening({ trustedProxies: ["127.0.0.0/8"] });
    expect(await urlSeen(proxied.url, forwarded)).toBe("https://outer.example.com");
  });
});
