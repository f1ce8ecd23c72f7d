// What a real network and a broken server can do to a hand-over, on real sockets.

import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { httpAnswer, type RawRequest, startRawServer } from "../../../test/support/raw-server.ts";
import { testCertificate } from "../../../test/support/test-certificate.ts";
import {
  type TestCarrierOptions,
  testSecret,
  testTwilio,
  twilioHandover,
  twilioProvider,
} from "../../../test/support/twilio-carrier.ts";
import type { CarrierProvider } from "../carrier.ts";

const never = new AbortController().signal;
const created = { sid: "SM00000000000000000000000000000001", status: "queued" };
/** Waits for a state on a machine that may be busy. */
const eventually = <T>(state: () => T) => expect.poll(state, { interval: 5 });
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function carrierWith(options: TestCarrierOptions = {}) {
  const { carrier, close } = testTwilio(options);
  cleanups.push(close);
  return carrier;
}

async function serverThat(answer: (socket: Socket, request: RawRequest, count: number) => void) {
  const server = await startRawServer(answer);
  cleanups.push(server.close);
  return server;
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function sendTo(
  answer: (socket: Socket, request: RawRequest, count: number) => void,
  options: TestCarrierOptions = {},
) {
  const server = await serverThat(answer);
  const handover = twilioHandover();
  const outcome = await carrierWith(options).send(twilioProvider({ baseUrl: server.url }), handover, never);
  return { outcome, server, handover };
}

describe("the request of a hand-over", () => {
  it("has the sender, recipient, text, media and callback as a form, and names its attempt", async () => {
    const server = await serverThat((socket) => socket.write(httpAnswer(201, created)));
    const carrier = carrierWith({ statusCallbackUrl: (_provider, { attempt }) => `https://gw.example/r?a=${attempt}` });
    const handover = twilioHandover({ body: "ä & b\n😀", mediaUrls: ["https://m.example/1", "https://m.example/2"] });
    const provider = twilioProvider({ baseUrl: `${server.url}/api/laml/` });
    expect(await carrier.send(provider, handover, never)).toEqual({
      kind: "accepted",
      carrierMessageId: created.sid,
    });
    const [request] = server.requests;
    expect(request?.line).toBe(`POST /api/laml/2010-04-01/Accounts/${handover.accountSid}/Messages.json HTTP/1.1`);
    expect(request?.headers.get("authorization")).toBe(
      `Basic ${Buffer.from(`${handover.accountSid}:${testSecret}`).toString("base64")}`,
    );
    expect(request?.headers.get("idempotency-key")).toBe(`${handover.messageSid}-1`);
    expect([...new URLSearchParams(request?.body)]).toEqual([
      ["To", handover.to],
      ["From", handover.from],
      ["Body", handover.body],
      ["MediaUrl", "https://m.example/1"],
      ["MediaUrl", "https://m.example/2"],
      ["StatusCallback", "https://gw.example/r?a=1"],
    ]);
  });

  it("has the key of the attempt that it repeats, so that whoever gets both can tell", async () => {
    const server = await serverThat((socket) => socket.write(httpAnswer(201, created)));
    const handover = twilioHandover({ attempt: 3, repeats: 1 });
    await carrierWith().send(twilioProvider({ baseUrl: server.url }), handover, never);
    expect(server.requests[0]?.headers.get("idempotency-key")).toBe(`${handover.messageSid}-1`);
  });

  it("is taken when it is a repetition of one that was, whatever has come of that since", async () => {
    const failed = httpAnswer(201, { ...created, status: "failed", error_code: 30410 });
    const replayed = failed.replace("\r\n", "\r\nidempotent-replayed: true\r\n");
    const { outcome } = await sendTo((socket) => socket.end(replayed));
    expect(outcome).toEqual({ kind: "accepted", carrierMessageId: created.sid });
  });

  it("names a messaging service as such, and authenticates with the API key when there is one", async () => {
    const server = await serverThat((socket) => socket.write(httpAnswer(201, created)));
    const provider = twilioProvider(
      { baseUrl: server.url, apiKeySid: "SK1" },
      { authToken: testSecret, apiKeySecret: "key-secret" },
    );
    const from = "MG0123456789abcdef0123456789abcdef";
    await carrierWith().send(provider, twilioHandover({ from, body: "half \ud800" }), never);
    const form = new URLSearchParams(server.requests[0]?.body);
    expect([form.get("MessagingServiceSid"), form.get("From"), form.get("Body")]).toEqual([from, null, "half \ufffd"]);
    expect(server.requests[0]?.headers.get("authorization")).toBe(
      `Basic ${Buffer.from("SK1:key-secret").toString("base64")}`,
    );
  });

  it("goes out on a connection that is there already", async () => {
    let connections = 0;
    const server = await serverThat((socket) => socket.write(httpAnswer(201, { sid: `SM${server.requests.length}` })));
    server.server.on("connection", () => connections++);
    const carrier = carrierWith();
    const provider = twilioProvider({ baseUrl: server.url });
    for (let i = 0; i < 5; i++) {
      expect((await carrier.send(provider, twilioHandover(), never)).kind).toBe("accepted");
    }
    // The next one may be under way before the pool knows that the last one is through.
    expect(connections).toBeLessThanOrEqual(2);
  });
});

describe("a hand-over of which it is certain that nothing left", () => {
  const noConnection = { kind: "retry", errorCode: 20503, reason: expect.stringMatching(/./) };

  it("is tried again when nobody listens", async () => {
    const server = await serverThat(() => undefined);
    await server.close();
    const outcome = await carrierWith().send(twilioProvider({ baseUrl: server.url }), twilioHandover(), never);
    expect(outcome).toEqual(noConnection);
  });

  it("is tried again when the name is unknown", async () => {
    const provider = twilioProvider({ baseUrl: "http://no-such-host.invalid" });
    expect(await carrierWith().send(provider, twilioHandover(), never)).toEqual(noConnection);
  });

  it("is tried again when the certificate cannot be trusted, and the server saw no request", async () => {
    let requests = 0;
    const server = createTlsServer(testCertificate, (_request, response) => {
      requests++;
      response.end();
    });
    const baseUrl = await listening(server);
    const carrier = carrierWith();
    expect(await carrier.send(twilioProvider({ baseUrl }), twilioHandover(), never)).toEqual(noConnection);
    expect(requests).toBe(0);
  });

  it("is tried again when the other side ends the connection before TLS is up", async () => {
    const server = createServer((socket) => socket.destroy());
    const baseUrl = await listening(server);
    expect(await carrierWith().send(twilioProvider({ baseUrl }), twilioHandover(), never)).toEqual(noConnection);
  });

  it.each([["http://127.0.0.1:9"], ["http://[::1]:9"], ["http://169.254.169.254"], ["http://localhost:9"]])(
    "goes to the next provider when %s is not an allowed address",
    async (baseUrl) => {
      const carrier = carrierWith({ allowLoopback: false });
      expect(await carrier.send(twilioProvider({ baseUrl }), twilioHandover(), never)).toMatchObject({
        kind: "next-provider",
        reason: expect.stringContaining("allowed address"),
      });
    },
  );

  it.each([
    ["settings of another kind", twilioProvider({ endpoint: "x" })],
    ["no credentials", twilioProvider({}, {})],
    ["an API key without its secret", twilioProvider({ apiKeySid: "SK1" }, {})],
  ])("goes to the next provider when it has %s", async (_what, provider: CarrierProvider) => {
    expect(await carrierWith().send(provider, twilioHandover(), never)).toMatchObject({ kind: "next-provider" });
    expect(await carrierWith().lookup(provider, twilioHandover(), never)).toMatchObject({ kind: "cannot-tell" });
  });

  it("is tried again when the time to send is over while it waits for a connection", async () => {
    let nowMs = 1_000_000;
    const waiting: Socket[] = [];
    const server = await serverThat((socket) => waiting.push(socket));
    const carrier = carrierWith({ connectionsPerOrigin: 1, clock: { nowMs: () => nowMs } });
    const provider = twilioProvider({ baseUrl: server.url });
    const first = carrier.send(provider, twilioHandover({ sendUntilMs: nowMs + 10 }), never);
    await eventually(() => server.requests.length).toBe(1);
    const second = carrier.send(provider, twilioHandover({ sendUntilMs: nowMs + 10 }), never);
    const third = carrier.send(provider, twilioHandover({ sendUntilMs: nowMs + 1000 }), never);
    // As after a freeze: no timer has fired, but the clock has gone on.
    nowMs += 10;
    waiting[0]?.write(httpAnswer(201, created));
    expect(await first).toMatchObject({ kind: "accepted" });
    expect(await second).toMatchObject({ kind: "retry", reason: expect.stringContaining("waited too long") });
    await eventually(() => server.requests.length).toBe(2);
    waiting[1]?.write(httpAnswer(201, { sid: "SM2" }));
    expect(await third).toMatchObject({ kind: "accepted" });
    expect(await carrier.lookup(provider, twilioHandover(), AbortSignal.abort())).toMatchObject({
      kind: "cannot-tell",
    });
  });

  it("is tried again when it is canceled while it waits for a connection, and is not sent afterwards", async () => {
    const waiting: Socket[] = [];
    const server = await serverThat((socket) => waiting.push(socket));
    const carrier = carrierWith({ connectionsPerOrigin: 1 });
    const provider = twilioProvider({ baseUrl: server.url });
    const first = carrier.send(provider, twilioHandover(), never);
    await eventually(() => server.requests.length).toBe(1);
    const abort = new AbortController();
    const handover = twilioHandover();
    const second = carrier.send(provider, handover, abort.signal);
    abort.abort();
    expect(await second).toMatchObject({ kind: "retry" });
    expect(await carrier.lookup(provider, handover, never)).toEqual({ kind: "absent" });
    const third = carrier.send(provider, twilioHandover({ body: "the third" }), never);
    waiting[0]?.write(httpAnswer(201, created));
    await first;
    await eventually(() => server.requests.length).toBe(2);
    expect(server.requests[1]?.body).toContain("third");
    waiting[1]?.write(httpAnswer(201, { sid: "SM2" }));
    await third;
  });
});

describe("a hand-over of which nobody knows whether it was taken", () => {
  const whole = httpAnswer(201, created);
  const cut = httpAnswer(400, { code: 21211, message: "no number" });

  it.each<[string, (socket: Socket) => unknown]>([
    ["a reset after the request was written", (socket) => socket.resetAndDestroy()],
    ["an end without an answer", (socket) => socket.end()],
    ["half a head", (socket) => socket.end(whole.slice(0, 20))],
    ["a body that is cut", (socket) => socket.end(whole.slice(0, -3))],
    ["a refusal that is cut", (socket) => socket.end(cut.slice(0, -3))],
    ["something that is not HTTP", (socket) => socket.end("220 mail.example ESMTP\r\n")],
    ["HTML", (socket) => socket.end(httpAnswer(200, "<html>Welcome</html>", { "content-type": "text/html" }))],
    ["a success without a body", (socket) => socket.end("HTTP/1.1 204 No Content\r\n\r\n")],
    ["JSON that is no object", (socket) => socket.end(httpAnswer(201, [created]))],
    ["JSON without a sid", (socket) => socket.end(httpAnswer(201, { status: "queued" }))],
    ["a sid that is none", (socket) => socket.end(httpAnswer(201, { sid: { $gt: "" } }))],
    ["a sid of a megabyte", (socket) => socket.end(httpAnswer(201, { sid: "S".repeat(900_000) }))],
    ["more than a message can need", (socket) => socket.end(httpAnswer(201, { ...created, pad: "x".repeat(70_000) }))],
    ["10 MB of JSON", (socket) => socket.end(httpAnswer(201, { ...created, pad: "x".repeat(10_000_000) }))],
    ["500", (socket) => socket.end(httpAnswer(500, { code: 20500, message: "Internal Server Error" }))],
    ["502 of a proxy", (socket) => socket.end(httpAnswer(502, "<h1>Bad Gateway</h1>"))],
    ["503 of who knows whom", (socket) => socket.end(httpAnswer(503, "overloaded", { "retry-after": "3" }))],
    ["408", (socket) => socket.end(httpAnswer(408, ""))],
    ["409", (socket) => socket.end(httpAnswer(409, { code: 20409, message: "Conflict" }))],
    [
      "503 of a gateway that may have stored it",
      (socket) => socket.end(httpAnswer(503, { code: 20503 }, { "trunkline-maybe-stored": "true" })),
    ],
  ])("is unknown: %s", async (_what, answer) => {
    const { outcome } = await sendTo((socket) => answer(socket));
    expect(outcome).toEqual({ kind: "unknown", reason: expect.stringMatching(/./) });
  });

  it("is unknown when an answer drips in and does not end in time", async () => {
    const timers: NodeJS.Timeout[] = [];
    const { outcome } = await sendTo(
      (socket) => {
        socket.write("HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{");
        timers.push(setInterval(() => socket.write(" "), 10));
      },
      { requestTimeoutMs: 1500 },
    );
    for (const timer of timers) clearInterval(timer);
    expect(outcome).toMatchObject({ kind: "unknown", reason: expect.stringContaining("in the time allowed") });
  });

  it("is unknown when it answers with the id of another message", async () => {
    const server = await serverThat((socket) => socket.write(httpAnswer(201, created)));
    const carrier = carrierWith();
    const provider = twilioProvider({ baseUrl: server.url });
    expect(await carrier.send(provider, twilioHandover(), never)).toMatchObject({ kind: "accepted" });
    expect(await carrier.send(provider, twilioHandover(), never)).toMatchObject({ kind: "unknown" });
  });

  it("ends its connection with a reset when it is given up, so that nothing of it arrives later", async () => {
    const abort = new AbortController();
    const server = await serverThat(() => abort.abort());
    const provider = twilioProvider({ baseUrl: server.url });
    expect(await carrierWith().send(provider, twilioHandover(), abort.signal)).toMatchObject({ kind: "unknown" });
    await eventually(() => server.socketErrors).toEqual(["ECONNRESET"]);
  });

  it("does the same over TLS, where it otherwise works as without", async () => {
    const abort = new AbortController();
    const resets: (string | undefined)[] = [];
    let requests = 0;
    const server = createTlsServer(testCertificate, (_request, response) => {
      requests++;
      if (requests === 1) response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify(created));
      else abort.abort();
    });
    server.on("connection", (socket) => socket.on("error", (error: NodeJS.ErrnoException) => resets.push(error.code)));
    server.on("secureConnection", (socket) =>
      socket.on("error", (error: NodeJS.ErrnoException) => resets.push(error.code)),
    );
    const baseUrl = await listening(server);
    const carrier = carrierWith({ certificate: testCertificate.cert });
    const provider = twilioProvider({ baseUrl });
    expect(await carrier.send(provider, twilioHandover(), never)).toMatchObject({ kind: "accepted" });
    expect(await carrier.send(provider, twilioHandover(), abort.signal)).toMatchObject({ kind: "unknown" });
    await eventually(() => resets).toContain("ECONNRESET");
  });

  it("never repeats a request by itself, also not on a connection that the server has just given up", async () => {
    const server = await serverThat((socket, _request, count) => {
      if (count === 1) socket.write(httpAnswer(201, created));
      else socket.resetAndDestroy();
    });
    const carrier = carrierWith();
    const provider = twilioProvider({ baseUrl: server.url });
    await carrier.send(provider, twilioHandover(), never);
    const outcomes = await Promise.all([1, 2, 3].map(() => carrier.send(provider, twilioHandover(), never)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(["unknown", "unknown", "unknown"]);
    expect(server.requests.length).toBe(4);
  });
});

describe("redirects", () => {
  it("are not followed: the provider is set up wrongly, and the credentials stay here", async () => {
    const elsewhere = await serverThat((socket) => socket.end(httpAnswer(201, created)));
    for (const status of [301, 302, 303, 307, 308]) {
      const { outcome } = await sendTo((socket) => socket.end(httpAnswer(status, "", { location: elsewhere.url })));
      expect(outcome).toMatchObject({ kind: "next-provider", reason: expect.stringContaining("redirects") });
    }
    expect(elsewhere.requests).toEqual([]);
  });
});

describe("Retry-After", () => {
  const nowMs = Date.parse("2026-11-20T12:00:00Z");
  it.each([
    ["7", 7000],
    ["0", 0],
    ["99999999999", 3_600_000],
    ["Fri, 20 Nov 2026 12:00:30 GMT", 30_000],
    ["Fri, 20 Nov 2020 12:00:30 GMT", 0],
    ["soon", undefined],
    ["-5", undefined],
  ])("%s is heeded as far as it makes sense", async (value, retryAfterMs) => {
    const { outcome } = await sendTo(
      (socket) => socket.end(httpAnswer(429, { code: 20429, message: "Too Many Requests" }, { "retry-after": value })),
      { clock: { nowMs: () => nowMs } },
    );
    expect(outcome).toMatchObject({ kind: "retry", errorCode: 20429 });
    expect(outcome.kind === "retry" ? outcome.retryAfterMs : null).toBe(retryAfterMs);
  });
});

describe("reasons", () => {
  it("hold neither secrets nor phone numbers, whatever the upstream echoes, and are short", async () => {
    const { outcome, handover } = await sendTo((socket, { headers }) => {
      const message = `${testSecret} ${headers.get("authorization") ?? ""} '+12025550123' ${"long ".repeat(200)}`;
      socket.end(httpAnswer(400, { code: 21211, message }));
    });
    const reason = "reason" in outcome ? outcome.reason : "";
    expect(reason).not.toContain(testSecret);
    expect(reason).not.toContain(Buffer.from(`${handover.accountSid}:${testSecret}`).toString("base64"));
    expect(reason).not.toContain("2025550123");
    expect(reason.length).toBeLessThan(300);
  });
});
