// The http carrier with real servers: the guarantees of every carrier, what it sends, and when it does not.

import { afterEach, describe, expect, it } from "vitest";
import { startApplication } from "../../../test/support/application.ts";
import { describeCarrier, type ProviderBehaviour } from "../../../test/support/carrier-suite.ts";
import {
  formTemplate,
  hole,
  httpProvider,
  testHttpCarrier,
  testHttpServers,
} from "../../../test/support/http-carrier.ts";
import { newHandover } from "../../../test/support/sandbox.ts";
import type { CarrierProvider } from "../carrier.ts";

describeCarrier("http", async () => {
  const http = testHttpCarrier();
  const behaviours = new Map<string, ProviderBehaviour>();
  const taken: { to: string; body: string }[] = [];
  let number = 12025550000;
  const application = await startApplication(({ fields: { To = "", Body = "" } }, response) => {
    const behaviour = behaviours.get(To) ?? "accepts";
    if (behaviour === "accepts" || behaviour === "takes-then-silent" || behaviour === "slow") {
      taken.push({ to: To, body: Body });
    }
    if (behaviour === "accepts") response.writeHead(201).end(`{"id": "M${taken.length}"}`);
    if (behaviour === "retry") response.writeHead(429).end();
    if (behaviour === "refuses") response.writeHead(400).end('{"code": 21614, "message": "not a mobile number"}');
    if (behaviour === "silent" || behaviour === "takes-then-silent") response.socket?.destroy();
  });
  return {
    carrier: http.carrier,
    provider: httpProvider({ requests: [formTemplate(application.origin)] }),
    from: "+12025550100",
    canLookUp: false,
    async recipient(behaviour) {
      const to = `+${++number}`;
      behaviours.set(to, behaviour);
      return to;
    },
    taken: async ({ to, body }) => taken.filter((message) => message.to === to && message.body === body).length,
    async close() {
      await http.close();
      await application.close();
    },
  };
});

const servers = testHttpServers();
const { application, carrierWith } = servers;
afterEach(() => servers.close());

function handoverTo(provider: CarrierProvider, parts: Parameters<typeof newHandover>[1] = {}) {
  return newHandover(provider.accountSid, parts);
}

describe("http carrier: requests", () => {
  it("sends the SMS request as it was written, with the message in it", async () => {
    const app = await application();
    const http = carrierWith();
    const body = `{"to": "${hole("to")}", "from": "${hole("from")}", "text": "${hole("message")}", "otp": "${hole("otp")}"}`;
    const sms = formTemplate(`${app.origin}/v1/${hole("from")}?id=${hole("messageSid")}`, {
      headers: { "content-type": "application/json", "X-Locale": `[${hole("locale")}]` },
      body,
      phoneNumberFormat: "NUMBER_ONLY",
    });
    const voice = formTemplate(`${app.origin}/voice`, { deliveryMethod: "VOICE" });
    const provider = httpProvider({ requests: [voice, sms] });
    const handover = handoverTo(provider, { body: 'Code "123456"\n🎉', from: "Acme" });
    expect(await http.send(provider, handover)).toMatchObject({ kind: "accepted" });
    expect(app.requests).toMatchObject([
      { method: "POST", path: `/v1/Acme?id=${handover.messageSid}`, headers: { "x-locale": "[]" } },
    ]);
    expect(JSON.parse(app.requests[0]?.body ?? "")).toEqual({
      to: "12025550123",
      from: "Acme",
      text: 'Code "123456"\n🎉',
      otp: "123456",
    });
  });

  it("a GET carries everything in its URL", async () => {
    const app = await application();
    const url = `${app.origin}/send?to=${hole("to")}&text=${hole("message")}`;
    const provider = httpProvider({ requests: [{ deliveryMethod: "SMS", method: "GET", url }] });
    await carrierWith().send(provider, handoverTo(provider, { body: "a&b=c+d é" }));
    expect(app.requests).toMatchObject([
      { method: "GET", body: "", fields: { to: "+12025550123", text: "a&b=c+d é" } },
    ]);
  });

  it("authenticates in each way, and the authentication goes before a header of the template", async () => {
    const app = await application();
    const http = carrierWith();
    const headers = { "Content-Type": "application/x-www-form-urlencoded", Authorization: "Own" };
    const requests = [formTemplate(app.origin, { headers })];
    const all = [
      httpProvider({ requests, authentication: { method: "NONE" } }),
      httpProvider({ requests, authentication: { method: "BASIC", username: "üser" } }, { password: "p:w" }),
      httpProvider({ requests, authentication: { method: "BEARER" } }, { authToken: "t0ken" }),
      httpProvider(
        { requests, authentication: { method: "CUSTOM_HEADER", headerName: "X-Key" } },
        { headerValue: "k" },
      ),
    ];
    for (const provider of all) {
      expect(await http.send(provider, handoverTo(provider))).toMatchObject({ kind: "accepted" });
    }
    expect(app.requests.map(({ headers }) => [headers.authorization, headers["x-key"]])).toEqual([
      ["Own", undefined],
      [`Basic ${Buffer.from("üser:p:w").toString("base64")}`, undefined],
      ["Bearer t0ken", undefined],
      ["Own", "k"],
    ]);
  });

  it("what cannot be sent this way goes to the next provider, with a reason and without a request", async () => {
    const app = await application();
    const http = carrierWith();
    const requests = [formTemplate(app.origin)];
    const line = { "content-type": "text/plain", "X-Text": hole("message") };
    const unsendable: [CarrierProvider, Parameters<typeof newHandover>[1]][] = [
      [httpProvider({ requests: [] }), {}],
      [httpProvider({ requests: [{ ...formTemplate(app.origin), deliveryMethod: "VOICE" }] }), {}],
      [httpProvider({ format: "zitadel" }), {}],
      [httpProvider({ requests, certificate: "no PEM" }), {}],
      [httpProvider({ requests, authentication: { method: "BEARER" } }), {}],
      [httpProvider({ requests, authentication: { method: "BEARER" } }, { authToken: "a\r\nX: b" }), {}],
      [
        httpProvider(
          { requests, authentication: { method: "CUSTOM_HEADER", headerName: "Host" } },
          { headerValue: "x" },
        ),
        {},
      ],
      [httpProvider({ requests: [formTemplate(`${app.origin}/${hole("message")}/x`)] }), { body: ".." }],
      [httpProvider({ requests: [formTemplate(app.origin, { headers: line })] }), { body: "a\r\nX-Injected: 1" }],
      [httpProvider({ requests: [formTemplate(`http://${hole("to")}/`)] }), {}],
      [httpProvider({ format: "fusionauth", endpoint: app.origin, headers: { "X-A": "1\n2" } }), {}],
      [httpProvider({ requests }), { mediaUrls: ["https://example.com/a.png"] }],
      [{ ...httpProvider({}), config: { format: "smoke" } }, {}],
    ];
    for (const [provider, parts] of unsendable) {
      const handover = handoverTo(provider, parts);
      expect(await http.send(provider, handover)).toMatchObject({
        kind: "next-provider",
        errorCode: expect.any(Number),
        reason: expect.stringMatching(/./),
      });
      expect(await http.lookup(provider, handover)).toEqual({ kind: "absent" });
    }
    expect(app.requests).toEqual([]);
  });
});

describe("http carrier: deadlines", () => {
  it("no more than maxInFlight are with the provider at once, and other providers do not wait for it", async () => {
    const held: (() => void)[] = [];
    const app = await application(({ path }, response) => {
      if (path === "/free") response.end();
      else held.push(() => response.end());
    });
    const http = carrierWith();
    const slow = httpProvider({ requests: [formTemplate(`${app.origin}/slow`)], maxInFlight: 2 });
    const sends = Array.from({ length: 5 }, () => http.send(slow, handoverTo(slow)));
    await app.received(2);
    const free = httpProvider({ requests: [formTemplate(`${app.origin}/free`)] });
    expect(await http.send(free, handoverTo(free))).toMatchObject({ kind: "accepted" });
    expect(held).toHaveLength(2);
    for (let answered = 0; answered < 5; answered++) {
      await app.received(Math.min(6, answered + 3));
      held[answered]?.();
    }
    expect((await Promise.all(sends)).map(({ kind }) => kind)).toEqual(Array(5).fill("accepted"));
  });

  it("a message whose time ran out while it waited for its turn does not leave", async () => {
    const held: (() => void)[] = [];
    const app = await application((_, response) => held.push(() => response.end()));
    const http = carrierWith();
    const provider = httpProvider({ requests: [formTemplate(app.origin)], maxInFlight: 1 });
    const first = http.send(provider, handoverTo(provider));
    await app.received(1);
    const late = handoverTo(provider, { sendUntilMs: http.clock.nowMs() + 5_000 });
    const waiting = http.send(provider, late);
    http.advance(5_000);
    held[0]?.();
    expect(await first).toMatchObject({ kind: "accepted" });
    expect(await waiting).toMatchObject({ kind: "retry" });
    expect(await http.lookup(provider, late)).toEqual({ kind: "absent" });
    expect(app.requests).toHaveLength(1);
  });

  it("while a hand-over is under way nobody can tell yet, but asking again will help", async () => {
    const held: (() => void)[] = [];
    const app = await application((_, response) => held.push(() => response.end('{"id": "m1"}')));
    const http = carrierWith();
    const provider = httpProvider({ requests: [formTemplate(app.origin)] });
    const handover = handoverTo(provider);
    const sending = http.send(provider, handover);
    await app.received(1);
    expect(await http.lookup(provider, handover)).toEqual({ kind: "cannot-tell", reason: expect.any(String) });
    held[0]?.();
    await sending;
    expect(await http.lookup(provider, handover)).toEqual({ kind: "found", carrierMessageId: "m1" });
  });

  it("a message that is canceled while it waits for its turn does not leave, and the line goes on", async () => {
    const held: (() => void)[] = [];
    const app = await application((_, response) => held.push(() => response.end()));
    const http = carrierWith();
    const provider = httpProvider({ requests: [formTemplate(app.origin)], maxInFlight: 1 });
    const first = http.send(provider, handoverTo(provider));
    await app.received(1);
    const canceling = new AbortController();
    const canceled = http.send(provider, handoverTo(provider, { body: "canceled" }), canceling.signal);
    const last = http.send(provider, handoverTo(provider, { body: "last" }));
    canceling.abort();
    expect(await canceled).toMatchObject({ kind: "retry" });
    held[0]?.();
    await app.received(2);
    held[1]?.();
    expect((await Promise.all([first, last])).map(({ kind }) => kind)).toEqual(["accepted", "accepted"]);
    expect(app.requests.map(({ fields }) => fields["Body"])).not.toContain("canceled");
  });

  it("a message that is canceled while its connection is made is never written, even when the connection comes", async () => {
    const app = await application();
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const resolver = async () => {
      asked.resolve();
      await answer.promise;
      return [{ address: "127.0.0.1", family: 4 }];
    };
    const http = carrierWith({ resolver });
    const url = `http://app.test:${new URL(app.origin).port}/`;
    const provider = httpProvider({ requests: [formTemplate(url)] });
    const canceling = new AbortController();
    const canceled = http.send(provider, handoverTo(provider, { body: "canceled" }), canceling.signal);
    await asked.promise;
    canceling.abort();
    expect(await canceled).toMatchObject({ kind: "retry" });
    answer.resolve();
    const next = handoverTo(provider, { body: "next" });
    expect(await http.send(provider, next)).toMatchObject({ kind: "accepted" });
    expect(app.requests.map(({ fields }) => fields["Body"])).toEqual(["next"]);
  });
});
