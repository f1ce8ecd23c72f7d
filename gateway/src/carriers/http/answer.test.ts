// What servers answer to the http carrier, and what they do instead of answering.

import type { Socket } from "node:net";
import { rootCertificates } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import type { Answer } from "../../../test/support/application.ts";
import { formTemplate, httpProvider, testHttpServers } from "../../../test/support/http-carrier.ts";
import { newHandover } from "../../../test/support/sandbox.ts";
import { testCertificate } from "../../../test/support/test-certificate.ts";
import type { CarrierProvider, HandoverOutcome } from "../carrier.ts";

const servers = testHttpServers();
const { application, carrierWith, rawServer, tlsServer } = servers;
afterEach(() => servers.close());

function handoverTo(provider: CarrierProvider, parts: Parameters<typeof newHandover>[1] = {}) {
  return newHandover(provider.accountSid, parts);
}

/** What comes of a hand-over to a server that answers like this. */
async function outcomeOf(answer: Answer): Promise<HandoverOutcome> {
  const { origin } = await application(answer);
  const provider = httpProvider({ requests: [formTemplate(`${origin}/send`)] });
  return carrierWith().send(provider, handoverTo(provider));
}

describe("http carrier: answers", () => {
  it.each([
    ['{"id": 42}', {}, "42"],
    ['{"sid": "SMx", "status": "queued"}', {}, "SMx"],
    ['{"messageId": "abc"}', {}, "abc"],
    ['{"message_id": "abc"}', { "x-message-id": "other" }, "abc"],
    ["OK", { "X-Message-Id": "m-1" }, "m-1"],
    ["", { location: "https://sms.example/messages/m-2?x=1" }, "m-2"],
  ])("takes the carrier's id from %s with %j", async (body, headers, carrierMessageId) => {
    const outcome = await outcomeOf((_, response) => response.writeHead(202, headers).end(body));
    expect(outcome).toEqual({ kind: "accepted", carrierMessageId });
  });

  it.each([
    "",
    "OK",
    "<html>",
    "[]",
    "null",
    '{"id": ""}',
    '{"id": {"a": 1}}',
    '{"id": "two words"}',
    '{"id": 1e300}',
    `{"id": "${"x".repeat(1000)}"}`,
  ])("makes a reference of its own, one for each attempt, when the answer is %j", async (body) => {
    const { origin } = await application((_, response) => response.writeHead(200).end(body));
    const provider = httpProvider({ requests: [formTemplate(origin)] });
    const http = carrierWith();
    const handover = handoverTo(provider);
    const outcomes = [await http.send(provider, handover), await http.send(provider, { ...handover, attempt: 2 })];
    expect(outcomes).toEqual(
      [1, 2].map((attempt) => ({ kind: "accepted", carrierMessageId: `${handover.messageSid}.${attempt}` })),
    );
  });

  it.each([
    [429, {}, "", { kind: "retry", errorCode: 20429 }],
    [429, { "retry-after": "7" }, "", { kind: "retry", errorCode: 20429, retryAfterMs: 7000 }],
    [503, { "retry-after": "99999999999" }, "", { kind: "retry", errorCode: 20503, retryAfterMs: 900_000 }],
    [
      503,
      { "retry-after": "Fri, 20 Nov 2026 10:00:30 GMT", date: "Fri, 20 Nov 2026 10:00:00 GMT" },
      "",
      { kind: "retry", retryAfterMs: 30_000 },
    ],
    [503, { "trunkline-maybe-stored": "true", "retry-after": "1" }, "", { kind: "unknown" }],
    [425, {}, "", { kind: "retry", errorCode: 20503 }],
    [401, {}, "", { kind: "next-provider", errorCode: 20003, rejected: true }],
    [403, {}, "", { kind: "next-provider", errorCode: 20003, rejected: true }],
    [400, {}, "no", { kind: "next-provider", errorCode: 11200 }],
    [404, {}, "", { kind: "next-provider", errorCode: 11200 }],
    [405, {}, "", { kind: "next-provider", errorCode: 11200 }],
    [410, {}, "", { kind: "next-provider", errorCode: 11200 }],
    [422, {}, '{"code": 21606}', { kind: "next-provider", errorCode: 11200 }],
    [400, {}, '{"code": 21408}', { kind: "next-provider", errorCode: 11200 }],
    [400, {}, '{"code": 21211}', { kind: "refused", errorCode: 21211 }],
    [400, {}, '{"code": "21610"}', { kind: "refused", errorCode: 21610 }],
    [403, {}, '{"error_code": 21610}', { kind: "refused", errorCode: 21610 }],
    [500, {}, '{"code": 21614}', { kind: "refused", errorCode: 21614 }],
    [500, {}, '{"code": 21606}', { kind: "next-provider" }],
    [501, {}, "", { kind: "next-provider", errorCode: 11200 }],
    [408, {}, "", { kind: "unknown" }],
    [409, {}, "", { kind: "unknown" }],
    [500, {}, "", { kind: "unknown" }],
    [500, {}, '{"code": 20500}', { kind: "unknown" }],
    [502, {}, "", { kind: "unknown" }],
    [504, {}, "", { kind: "unknown" }],
    [599, {}, "<html>", { kind: "unknown" }],
  ])("%d with %j and %j", async (status, headers, body, expected) => {
    const outcome = await outcomeOf((_, response) => response.writeHead(status, headers).end(body));
    expect(outcome).toMatchObject(expected);
    if (!("retryAfterMs" in expected)) expect(outcome).not.toHaveProperty("retryAfterMs");
  });

  it.each([301, 302, 307, 308])(
    "does not follow a %d anywhere, and leaves the message to the next provider",
    async (status) => {
      const target = await application();
      const outcome = await outcomeOf((_, response) => response.writeHead(status, { location: target.origin }).end());
      expect(outcome).toMatchObject({ kind: "next-provider", reason: expect.stringContaining(String(status)) });
      expect(target.requests).toEqual([]);
    },
  );

  it("a 303 may lead to what came of a message that was taken: unknown", async () => {
    const outcome = await outcomeOf((_, response) => response.writeHead(303, { location: "/m/1" }).end());
    expect(outcome).toMatchObject({ kind: "unknown" });
  });

  it("an interim answer is not the answer", async () => {
    const outcome = await outcomeOf((_, response) => {
      response.writeEarlyHints({ link: "</a>; rel=preload" }, () => response.writeHead(404).end());
    });
    expect(outcome).toMatchObject({ kind: "next-provider" });
  });

  it("no reason repeats what was sent or answered: no text, number, code or secret", async () => {
    const { origin } = await application(({ body, headers }, response) => {
      response.writeHead(Number(headers["x-status"]), { "x-echo": "1" });
      response.end(JSON.stringify({ code: 21211, message: body, error: headers.authorization }));
    });
    for (const status of ["400", "401", "429", "500", "503"]) {
      const provider = httpProvider(
        {
          requests: [formTemplate(`${origin}/hook-token`, { headers: { "X-Status": status } })],
          authentication: { method: "BEARER" },
        },
        { authToken: "s3cret-token" },
      );
      const outcome = await carrierWith().send(provider, handoverTo(provider, { body: "Your code is 987654" }));
      expect(JSON.stringify(outcome)).not.toMatch(/s3cret|987654|2025550|hook-token/);
    }
  });
});

describe("http carrier: servers that misbehave", () => {
  const misbehave = async (onRequest: (socket: Socket) => void, config: Parameters<typeof httpProvider>[0] = {}) => {
    const origin = await rawServer(onRequest);
    const provider = httpProvider({ requests: [formTemplate(origin)], ...config });
    const handover = handoverTo(provider);
    const http = carrierWith();
    return { outcome: await http.send(provider, handover), lookup: await http.lookup(provider, handover) };
  };

  it.each<[string, (socket: Socket) => void]>([
    ["resets after the request", (socket) => socket.resetAndDestroy()],
    ["closes after the request", (socket) => socket.end()],
    ["does not speak HTTP", (socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n")],
    ["answers half a head", (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-")],
    ["answers with an endless head", (socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}`)],
    ["switches protocols", (socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")],
    ["asks for more with 100 and closes", (socket) => socket.end("HTTP/1.1 100 Continue\r\n\r\n")],
  ])("%s: the outcome is unknown, and nobody can be asked", async (_, onRequest) => {
    const { outcome, lookup } = await misbehave(onRequest);
    expect(outcome).toMatchObject({ kind: "unknown", reason: expect.stringMatching(/./) });
    expect(lookup).toEqual({ kind: "cannot-tell", reason: expect.any(String), final: true });
  });

  it("hints early and then closes: the hint is no answer", async () => {
    const { outcome } = await misbehave((socket) => socket.end("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"));
    expect(outcome).toEqual({ kind: "unknown", reason: expect.stringMatching(/connection failed/) });
  });

  const ok = "HTTP/1.1 200 OK\r\nX-Message-Id: m1\r\n";
  it.each<[string, (socket: Socket) => void]>([
    ["breaks its body off", (socket) => socket.end(`${ok}Content-Length: 100\r\n\r\n{"id"`)],
    [
      "resets within its body",
      (socket) => socket.write(`${ok}Content-Length: 9\r\n\r\n{`, () => socket.resetAndDestroy()),
    ],
    ["never ends its body", (socket) => socket.write(`${ok}Content-Length: 9\r\n\r\n`)],
    ["sends a body without end", (socket) => pour(socket, `${ok}\r\n`)],
    ["breaks the chunked encoding", (socket) => socket.end(`${ok}Transfer-Encoding: chunked\r\n\r\nzzz\r\n`)],
  ])("%s after a 200: the message was accepted all the same, by its head", async (_, onRequest) => {
    const { outcome, lookup } = await misbehave(onRequest);
    expect(outcome).toEqual({ kind: "accepted", carrierMessageId: "m1" });
    expect(lookup).toEqual({ kind: "found", carrierMessageId: "m1" });
  });

  it("is silent: unknown after the read timeout, and the connection is not used again", async () => {
    const closed = Promise.withResolvers<void>();
    const { outcome } = await misbehave((socket) => socket.on("close", () => closed.resolve()), { readTimeoutMs: 20 });
    expect(outcome).toMatchObject({ kind: "unknown" });
    await closed.promise;
  });

  it("is not there, or has no name: retry, nothing was written", async () => {
    const gone = await application();
    await gone.close();
    const refused = httpProvider({ requests: [formTemplate(gone.origin)] });
    expect(await carrierWith().send(refused, handoverTo(refused))).toMatchObject({ kind: "retry", errorCode: 11202 });
    const resolver = () => Promise.reject(Object.assign(new Error("no such host"), { code: "ENOTFOUND" }));
    const unnamed = httpProvider({ requests: [formTemplate("http://nowhere.test/")] });
    const handover = handoverTo(unnamed);
    const http = carrierWith({ resolver });
    expect(await http.send(unnamed, handover)).toMatchObject({ kind: "retry", errorCode: 11210 });
    expect(await http.lookup(unnamed, handover)).toEqual({ kind: "absent" });
  });

  it("is at a private address: next provider, and nothing connects there, whatever the URL looks like", async () => {
    const app = await application();
    const port = new URL(app.origin).port;
    const http = carrierWith({ allowLoopback: false });
    for (const host of ["127.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "localhost", "169.254.169.254"]) {
      const provider = httpProvider({ requests: [formTemplate(`http://${host}:${port}/`)] });
      expect(await http.send(provider, handoverTo(provider))).toMatchObject({
        kind: "next-provider",
        errorCode: 11210,
      });
    }
    expect(app.requests).toEqual([]);
  });

  it("does not finish its TLS handshake, or shows a certificate of its own: retry, nothing was written", async () => {
    const mute = (await rawServer(() => undefined)).replace("http:", "https:");
    const slow = httpProvider({ requests: [formTemplate(mute)], connectTimeoutMs: 20 });
    expect(await carrierWith().send(slow, handoverTo(slow))).toMatchObject({ kind: "retry" });
    const { origin, requests } = await tlsServer();
    const other = rootCertificates[0] ?? "";
    for (const certificate of [undefined, other]) {
      const provider = httpProvider({
        requests: [formTemplate(origin)],
        ...(certificate === undefined ? {} : { certificate }),
      });
      expect(await carrierWith().send(provider, handoverTo(provider))).toMatchObject({
        kind: "retry",
        errorCode: 11205,
      });
    }
    expect(requests).toEqual([]);
  });

  it("is trusted with the certificate that the provider names", async () => {
    const { origin, requests } = await tlsServer();
    const certificate = testCertificate.cert;
    const provider = httpProvider({ format: "fusionauth", endpoint: `${origin}/sms`, certificate });
    expect(await carrierWith().send(provider, handoverTo(provider))).toMatchObject({ kind: "accepted" });
    expect(requests).toEqual(["/sms"]);
  });
});

function pour(socket: Socket, head: string): void {
  socket.write(head);
  const more = () => {
    while (!socket.destroyed && socket.write("x".repeat(10_000)));
  };
  socket.on("drain", more);
  more();
}
