import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { createEgress, type Egress, type EgressRequest, type EgressResponse, errorCodeOf } from "./egress.ts";

const log = pino({ level: "silent" });
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function egressWith(options: Partial<Parameters<typeof createEgress>[0]> = {}): Egress {
  const egress = createEgress({ allow: [], allowLoopback: true, log, ...options });
  cleanups.push(() => egress.close());
  return egress;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

async function application(answer: (seen: Seen, response: ServerResponse, count: number) => void) {
  const requests: Seen[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const seen = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
      requests.push(seen);
      answer(seen, response, requests.length);
    });
  });
  return { origin: await listen(server), requests, server };
}

function post(url: string, rest: Partial<EgressRequest> = {}): EgressRequest {
  return {
    url,
    method: "POST",
    body: "a=1",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    connectTimeoutMs: 1_000,
    readTimeoutMs: 1_000,
    totalTimeoutMs: 5_000,
    ...rest,
  };
}

function reasonOf(response: EgressResponse): string {
  return response.kind === "failure" ? response.reason : `answer ${response.status}`;
}

describe("egress", () => {
  it("sends the request as given, without the fragment and credentials, and returns the answer", async () => {
    const app = await application((_, response) => {
      response.setHeader("content-type", "text/plain; charset=iso-8859-1");
      response.end(Buffer.from([0x68, 0xe9]));
    });
    const response = await egressWith().request(post(`${app.origin.replace("//", "//u:p@")}/x?y=1#rc=3`));
    expect(response).toMatchObject({ kind: "answer", status: 200, body: "hé", url: `${app.origin}/x?y=1` });
    expect(app.requests).toMatchObject([{ method: "POST", url: "/x?y=1", body: "a=1" }]);
    expect(app.requests[0]?.headers.authorization).toBeUndefined();
  });

  it("never connects to loopback when that is not allowed: literal, decimal, mapped, or behind a name", async () => {
    const app = await application((_, response) => response.end());
    const port = new URL(app.origin).port;
    const egress = egressWith({ allowLoopback: false });
    for (const host of ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "0.0.0.0"]) {
      const response = await egress.request(post(`http://${host}:${port}/`));
      expect([host, reasonOf(response), errorCodeOf(response)]).toEqual([host, "blocked-address", 11210]);
    }
    expect(app.requests).toEqual([]);
  });

  it("judges a name by every address that it resolves to at the moment of connecting", async () => {
    const app = await application((_, response) => response.end());
    const port = new URL(app.origin).port;
    let answers = [{ address: "10.0.0.1", family: 4 }];
    const egress = egressWith({ resolver: async () => answers });
    expect(reasonOf(await egress.request(post(`http://app.test:${port}/`)))).toBe("blocked-address");
    answers = [
      { address: "169.254.169.254", family: 4 },
      { address: "127.0.0.1", family: 4 },
    ];
    expect(reasonOf(await egress.request(post(`http://app.test:${port}/`)))).toBe("answer 200");
  });

  it("checks the address of each redirect too", async () => {
    const app = await application((_, response) => {
      response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/" }).end();
    });
    expect(reasonOf(await egressWith().request(post(app.origin)))).toBe("blocked-address");
  });

  it("asks with GET after 301, 302 and 303 and repeats the request after 307 and 308", async () => {
    for (const [status, method, body] of [
      [301, "GET", ""],
      [302, "GET", ""],
      [303, "GET", ""],
      [307, "POST", "a=1"],
      [308, "POST", "a=1"],
    ] as const) {
      const app = await application((seen, response) => {
        if (seen.url === "/end") response.end("ok");
        else response.writeHead(status, { location: "/end" }).end();
      });
      expect(await egressWith().request(post(app.origin))).toMatchObject({ kind: "answer", body: "ok" });
      expect(app.requests[1]).toMatchObject({ method, body, url: "/end" });
    }
  });

  it("follows five redirects and gives up at the sixth with 11215", async () => {
    const app = await application((seen, response) => {
      const hop = Number(seen.url.slice(1));
      if (hop === 0) response.end("ok");
      else response.writeHead(307, { location: `/${hop - 1}` }).end();
    });
    const egress = egressWith();
    expect(reasonOf(await egress.request(post(`${app.origin}/5`)))).toBe("answer 200");
    const response = await egress.request(post(`${app.origin}/6`));
    expect([reasonOf(response), errorCodeOf(response)]).toEqual(["too-many-redirects", 11215]);
  });

  it("keeps fixed credentials to the first origin and asks a header function for each hop", async () => {
    const target = await application((_, response) => response.end());
    const app = await application((_, response) => response.writeHead(307, { location: `${target.origin}/t` }).end());
    const egress = egressWith();
    await egress.request(post(app.origin, { headers: { authorization: "Bearer secret", "x-kept": "1" } }));
    expect(app.requests[0]?.headers.authorization).toBe("Bearer secret");
    expect(target.requests[0]?.headers).toMatchObject({ "x-kept": "1" });
    expect(target.requests[0]?.headers.authorization).toBeUndefined();
    await egress.request(post(`${app.origin}/s`, { headers: (hop) => ({ "x-signed": hop.url }) }));
    expect(target.requests[1]?.headers["x-signed"]).toBe(`${target.origin}/t`);
  });

  it("answers a Basic challenge with the URL's user and password", async () => {
    const app = await application((seen, response) => {
      if (seen.headers.authorization === undefined) {
        response.writeHead(401, { "www-authenticate": 'Basic realm="app"' }).end();
      } else response.end();
    });
    const url = app.origin.replace("//", "//us%40er:p%3Ass@");
    expect(reasonOf(await egressWith().request(post(url)))).toBe("answer 200");
    expect(app.requests.map((seen) => seen.headers.authorization)).toEqual([
      undefined,
      `Basic ${Buffer.from("us@er:p:ss").toString("base64")}`,
    ]);
  });

  it.each([
    ["MD5", "md5"],
    ["SHA-256", "sha256"],
  ])("answers a Digest challenge (%s)", async (algorithm, hashName) => {
    const hash = (text: string) => createHash(hashName).update(text).digest("hex");
    const app = await application((seen, response) => {
      const answer = seen.headers.authorization ?? "";
      const part = (name: string) => new RegExp(`${name}="?([^",]+)`).exec(answer)?.[1] ?? "";
      const expected = hash(
        `${hash("user:app, inc:pw")}:n0nce:${part("nc")}:${part("cnonce")}:auth:${hash("POST:/d?x=1")}`,
      );
      const challenge = `Digest realm="app, inc", nonce="n0nce", qop="auth-int,auth", algorithm=${algorithm}, opaque="o"`;
      if (part("response") === expected) response.end();
      else response.writeHead(401, { "www-authenticate": [challenge, "Basic realm=app"] }).end();
    });
    expect(reasonOf(await egressWith().request(post(`${app.origin.replace("//", "//user:pw@")}/d?x=1`)))).toBe(
      "answer 200",
    );
  });

  it("does not ask again and again when the credentials are wrong", async () => {
    const app = await application((_, response) => {
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
    });
    const response = await egressWith().request(post(app.origin.replace("//", "//user:wrong@")));
    expect([reasonOf(response), errorCodeOf(response)]).toEqual(["answer 401", 11200]);
    expect(app.requests).toHaveLength(2);
  });

  it("takes 64 kB of answer and refuses more with 11750, unless the body does not matter", async () => {
    const app = await application((seen, response) => response.end("x".repeat(Number(seen.url.slice(1)))));
    const egress = egressWith();
    expect(await egress.request(post(`${app.origin}/65536`))).toMatchObject({ body: "x".repeat(65_536) });
    const response = await egress.request(post(`${app.origin}/65537`));
    expect([reasonOf(response), errorCodeOf(response)]).toEqual(["body-too-big", 11750]);
    expect(reasonOf(await egress.request(post(`${app.origin}/9000000`, { readBody: false })))).toBe("answer 200");
  });

  it("has separate limits for a silent answer, a dripping body and the whole chain", async () => {
    const app = await application((seen, response) => {
      if (seen.url === "/silent") return;
      response.writeHead(200).write("a");
      if (seen.url === "/drip") {
        const drip = setInterval(() => response.write("a"), 50);
        response.on("close", () => clearInterval(drip));
      }
    });
    const egress = egressWith();
    const limits = { readTimeoutMs: 200, totalTimeoutMs: 2_500 };
    expect(reasonOf(await egress.request(post(`${app.origin}/silent`, limits)))).toBe("read-timeout");
    expect(reasonOf(await egress.request(post(`${app.origin}/stuck`, limits)))).toBe("read-timeout");
    const dripping = await egress.request(post(`${app.origin}/drip`, limits));
    expect([reasonOf(dripping), errorCodeOf(dripping)]).toEqual(["total-timeout", 11201]);
  });

  it("tells refused, unknown, reset, unreadable and unusable apart, and whether the request may have arrived", async () => {
    const closed = createServer();
    const refused = await listen(closed);
    await cleanups.pop()?.();
    const raw = async (bytes: string) => {
      const server = createTcpServer((socket) => {
        socket.on("error", () => socket.destroy());
        socket.once("data", () => (bytes === "" ? socket.resetAndDestroy() : socket.end(bytes)));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      cleanups.push(() => new Promise((resolve) => server.close(resolve)));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    const egress = egressWith();
    const cases = [
      [refused, "refused", 11202, false],
      ["http://no-such-host.invalid/", "host-not-found", 11210, false],
      [await raw(""), "connection-failed", 11205, true],
      [await raw("this is not HTTP\r\n\r\n"), "protocol", 11206, true],
      ["ftp://example.com/", "bad-url", 11210, false],
      ["nonsense", "bad-url", 11210, false],
      [refused.replace("http:", "https:"), "refused", 11202, false],
    ] as const;
    for (const [url, reason, errorCode, maybeSent] of cases) {
      expect(await egress.request(post(url))).toMatchObject({ kind: "failure", reason, errorCode, maybeSent });
    }
  });

  it("stops when its caller gives up", async () => {
    const app = await application(() => undefined);
    const abort = new AbortController();
    const waiting = egressWith().request(post(app.origin, { signal: abort.signal }));
    app.server.once("request", () => abort.abort());
    expect(reasonOf(await waiting)).toBe("aborted");
  });

  it("opens no more connections to one origin than it may", async () => {
    let open = 0;
    let most = 0;
    const app = await application((_, response) => {
      setImmediate(() => response.end());
    });
    app.server.on("connection", (socket) => {
      most = Math.max(most, ++open);
      socket.on("close", () => open--);
    });
    const egress = egressWith({ connectionsPerOrigin: 3 });
    await Promise.all(Array.from({ length: 30 }, () => egress.request(post(app.origin))));
    expect(most).toBe(3);
    expect(app.requests).toHaveLength(30);
  });
});
