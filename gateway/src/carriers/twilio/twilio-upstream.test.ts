// What can be asked of an upstream: a real second gateway, and servers that lie.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../test/support/gateway.ts";
import { httpAnswer, type RawRequest, startRawServer } from "../../../test/support/raw-server.ts";
import { callsOf } from "../../../test/support/twilio-call.ts";
import { testSecret, testTwilio, twilioHandover, twilioProvider } from "../../../test/support/twilio-carrier.ts";
import { isStorable } from "../../core/storable-text.ts";
import type { CarrierProvider } from "../carrier.ts";
import type { UpstreamMessage, UpstreamResult } from "../upstream.ts";

const never = new AbortController().signal;
const twilio = testTwilio();
const { upstream, carrier } = twilio;
/** Waits for a state on a machine that may be busy. */
const eventually = <T>(state: () => T) => expect.poll(state, { interval: 5 });
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(() => twilio.close());

function answered<T>(result: UpstreamResult<T>): T {
  if (result.kind === "failure") throw new Error(`${result.state}: ${result.reason}`);
  return result.value;
}

describe("a second gateway as upstream", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.stop());

  function provider(config: Record<string, unknown> = {}, secrets?: Record<string, string>): CarrierProvider {
    const { url: baseUrl, accountSid } = gateway;
    return twilioProvider({ baseUrl, accountSid, ...config }, secrets ?? { authToken: gateway.authToken });
  }
  const withKey = () => provider({ apiKeySid: gateway.apiKey.sid }, { apiKeySecret: gateway.apiKey.secret });

  it("is good with a token or an API key, and with what it has to send from", async () => {
    for (const good of [
      provider({ fromNumber: gateway.numbers[0], messagingServiceSid: gateway.serviceSid }),
      provider({ fromNumber: "ACME" }),
      provider(
        { apiKeySid: gateway.apiKey.sid },
        { authToken: gateway.authToken, apiKeySecret: gateway.apiKey.secret },
      ),
    ]) {
      expect(await upstream.check(good, never)).toEqual({
        kind: "ok",
        value: { friendlyName: "Test", status: "active", type: "Full", warnings: [] },
      });
    }
    expect(answered(await upstream.check(withKey(), never)).warnings).toEqual([]);
  });

  it("is told apart by what is wrong: credentials, number, service", async () => {
    const state = async (bad: CarrierProvider) => {
      const result = await upstream.check(bad, never);
      return result.kind === "failure" ? [result.state, result.code] : result;
    };
    expect(await state(provider({}, { authToken: "wrong" }))).toEqual(["rejected", 20003]);
    expect(await state(provider({ accountSid: `AC${"0".repeat(32)}` }))).toEqual(["rejected", 20003]);
    expect(await state(provider({ apiKeySid: gateway.apiKey.sid }, { apiKeySecret: "wrong" }))).toEqual([
      "rejected",
      20003,
    ]);
    expect(await state(provider({ fromNumber: "+12025550199" }))).toEqual(["misconfigured", 21606]);
    expect(await state(provider({ fromNumber: "12345" }))).toEqual(["misconfigured", 21606]);
    expect(await state(provider({ messagingServiceSid: `MG${"0".repeat(32)}` }))).toEqual(["misconfigured", 21701]);
  });

  it("is not bad for a product that it does not have: a warning", async () => {
    const { warnings } = answered(await upstream.check(provider({ verifyServiceSid: "VA1" }), never));
    expect(warnings).toEqual([expect.stringContaining("Verify service")]);
  });

  it("is bad while its account is suspended", async () => {
    const child = await gateway.addAccount(gateway.accountSid);
    const call = callsOf(gateway.url, gateway);
    await call(`/2010-04-01/Accounts/${child.accountSid}.json`, { form: { Status: "suspended" } });
    const suspended = provider({ accountSid: child.accountSid }, { authToken: child.authToken });
    await eventually(() => upstream.check(suspended, never)).toMatchObject({
      kind: "failure",
      state: "rejected",
      code: 20005,
    });
  });

  it("lists its numbers and messaging services", async () => {
    const senders = answered(await upstream.listSenders(provider(), never));
    expect(senders.map(({ kind, address }) => [kind, address]).toSorted()).toEqual([
      ["messaging_service", gateway.serviceSid],
      ["number", gateway.numbers[0]],
      ["number", gateway.numbers[1]],
    ]);
    expect(senders.find(({ address }) => address === gateway.numbers[0])?.capabilities.toSorted()).toEqual([
      "mms",
      "sms",
    ]);
  });

  it("tells what became of messages, of one and of all since a time", async () => {
    const since = new Date(Date.now() - 60_000);
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const handover = twilioHandover({ from: gateway.numbers[0], to: "+12025550188" });
      const outcome = await carrier.send(provider(), handover, never);
      if (outcome.kind === "accepted") ids.unshift(outcome.carrierMessageId);
    }
    const [first = ""] = ids;
    expect(await upstream.findMessage(provider(), first, never)).toMatchObject({
      kind: "ok",
      value: { carrierMessageId: first, status: "queued", errorCode: null },
    });
    const missing = await upstream.findMessage(provider(), `SM${"0".repeat(32)}`, never);
    expect(missing).toMatchObject({ kind: "failure", state: "misconfigured", code: 20404 });
    const seen: UpstreamMessage[] = [];
    const all = await upstream.listMessages(provider(), since, (page) => seen.push(...page) > 0, never);
    expect(all.kind).toBe("ok");
    expect(seen.map(({ carrierMessageId }) => carrierMessageId).slice(0, 3)).toEqual(ids);
    const later: UpstreamMessage[] = [];
    const future = new Date(Date.now() + 3_600_000);
    await upstream.listMessages(provider(), future, (page) => later.push(...page) > 0, never);
    expect(later).toEqual([]);
  });

  it("has its numbers pointed at a URL", async () => {
    const [number] = answered(await upstream.listSenders(provider(), never)).filter(({ kind }) => kind === "number");
    const url = "https://gateway.example/hooks/in";
    expect(await upstream.setInboundUrl(provider(), number?.sid ?? "", url, never)).toEqual({
      kind: "ok",
      value: undefined,
    });
    const { json } = await callsOf(gateway.url, gateway)(`/IncomingPhoneNumbers/${number?.sid}.json`);
    expect(json).toMatchObject({ sms_url: url, sms_method: "POST" });
    const missing = await upstream.setInboundUrl(provider(), `PN${"0".repeat(32)}`, url, never);
    expect(missing).toMatchObject({ kind: "failure", state: "misconfigured", code: 20404, maybeDone: false });
  });

  it("gives new auth tokens, and takes them back", async () => {
    const account = await gateway.addAccount();
    const own = provider({ accountSid: account.accountSid }, { authToken: account.authToken });
    const withToken = (authToken: string) => provider({ accountSid: account.accountSid }, { authToken });
    const nothing = await upstream.promoteSecondaryToken(own, never);
    expect(nothing).toMatchObject({ kind: "failure", state: "misconfigured", code: 20404, maybeDone: false });
    const first = answered(await upstream.createSecondaryToken(own, never));
    expect((await upstream.check(withToken(first), never)).kind).toBe("ok");
    const second = await upstream.createSecondaryToken(own, never);
    expect(second).toMatchObject({ kind: "failure", state: "misconfigured", code: 70002, maybeDone: false });
    for (let times = 0; times < 2; times++) {
      expect(await upstream.deleteSecondaryToken(own, never)).toEqual({ kind: "ok", value: undefined });
    }
    const next = answered(await upstream.createSecondaryToken(own, never));
    expect(await upstream.promoteSecondaryToken(withToken(next), never)).toEqual({ kind: "ok", value: next });
    await eventually(() => upstream.check(own, never)).toMatchObject({ kind: "failure", state: "rejected" });
    expect((await upstream.check(withToken(next), never)).kind).toBe("ok");
  });

  it("gives new API keys, finds them by name, and takes them back", async () => {
    const { sid, secret } = answered(await upstream.createApiKey(provider(), "rotation 1", never));
    const keyed = provider({ apiKeySid: sid }, { apiKeySecret: secret });
    expect((await upstream.check(keyed, never)).kind).toBe("ok");
    expect(await upstream.findApiKeys(provider(), "rotation 1", never)).toEqual({ kind: "ok", value: [sid] });
    expect(await upstream.findApiKeys(provider(), "rotation 2", never)).toEqual({ kind: "ok", value: [] });
    for (let times = 0; times < 2; times++) {
      expect(await upstream.deleteApiKey(provider(), sid, never)).toEqual({ kind: "ok", value: undefined });
    }
    await eventually(() => upstream.check(keyed, never)).toMatchObject({ kind: "failure", state: "rejected" });
    expect(await upstream.createApiKey(withKey(), "by a key", never)).toMatchObject({ kind: "failure" });
  });
});

describe("an upstream that does not behave", () => {
  async function serverThat(answer: (request: RawRequest) => string) {
    const server = await startRawServer((socket, request) => socket.end(answer(request)));
    cleanups.push(server.close);
    return { server, provider: twilioProvider({ baseUrl: server.url }) };
  }

  it.each<[string, string, string]>([
    ["HTML", httpAnswer(200, "<html></html>", { "content-type": "text/html" }), "unreachable"],
    ["JSON of something else", httpAnswer(200, { hello: "world" }), "unreachable"],
    ["10 MB", httpAnswer(200, { sid: "AC", pad: "x".repeat(10_000_000) }), "unreachable"],
    ["half an answer", httpAnswer(200, { sid: "AC" }, { "content-length": "5000" }), "unreachable"],
    ["500", httpAnswer(500, ""), "unreachable"],
    ["429", httpAnswer(429, { code: 20429 }), "unreachable"],
    ["401", httpAnswer(401, ""), "rejected"],
    ["403", httpAnswer(403, { code: 20005, message: "Account not active" }), "rejected"],
    ["a redirect", httpAnswer(307, "", { location: "http://127.0.0.1:1/" }), "misconfigured"],
    ["404 of something else", httpAnswer(404, "<h1>Not Found</h1>"), "misconfigured"],
  ])("becomes a clear state: %s", async (_what, answer, state) => {
    const { provider } = await serverThat(() => answer);
    for (const ask of [
      () => upstream.check(provider, never),
      () => upstream.listSenders(provider, never),
      () => upstream.findMessage(provider, "SM1", never),
      () => upstream.listMessages(provider, new Date(0), () => true, never),
      () => upstream.createSecondaryToken(provider, never),
      () => upstream.promoteSecondaryToken(provider, never),
      () => upstream.createApiKey(provider, "x", never),
      () => upstream.setInboundUrl(provider, "PN1", "https://x.example", never),
    ]) {
      const result = await ask();
      if (result.kind === "ok") expect([state, result.value]).toEqual(["misconfigured", []]);
      else expect(result).toMatchObject({ state, reason: expect.stringMatching(/./) });
    }
  });

  it("is unreachable when it drips or is not there, and what was to be changed may have been", async () => {
    const slow = testTwilio({ requestTimeoutMs: 1500 });
    cleanups.push(slow.close);
    const { server, provider } = await serverThat(() => "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{");
    const silent = await startRawServer((socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"));
    cleanups.push(silent.close);
    const dripping = twilioProvider({ baseUrl: silent.url });
    expect(await slow.upstream.check(dripping, never)).toMatchObject({ state: "unreachable", maybeDone: false });
    expect(await slow.upstream.createSecondaryToken(dripping, never)).toMatchObject({
      state: "unreachable",
      maybeDone: true,
    });
    await server.close();
    expect(await upstream.createSecondaryToken(provider, never)).toMatchObject({
      state: "unreachable",
      maybeDone: false,
    });
  });

  it("is misconfigured at an address that is not allowed, or at no URL", async () => {
    const strict = testTwilio({ allowLoopback: false });
    cleanups.push(strict.close);
    for (const baseUrl of ["http://127.0.0.1:1", "http://10.0.0.1"]) {
      expect(await strict.upstream.check(twilioProvider({ baseUrl }), never)).toMatchObject({
        state: "misconfigured",
        reason: expect.stringContaining("allowed address"),
      });
    }
    expect(await upstream.check(twilioProvider({ baseUrl: "ftp://x" }), never)).toMatchObject({
      state: "misconfigured",
    });
  });

  it("cannot lead the credentials elsewhere with its pages, or on for ever", async () => {
    const elsewhere = await serverThat(() => httpAnswer(200, {}));
    let pages = 0;
    const { server, provider } = await serverThat(({ line }) => {
      const next = `${elsewhere.server.url}/collect?PageToken=${++pages}`;
      const key = line.includes("IncomingPhoneNumbers") ? "incoming_phone_numbers" : "short_codes";
      return line.includes("/v1/Services")
        ? httpAnswer(200, { services: [], meta: { next_page_url: next } })
        : httpAnswer(200, { [key]: [], next_page_uri: pages % 60 === 0 ? null : next });
    });
    await upstream.listSenders(provider, never);
    expect(elsewhere.server.requests).toEqual([]);
    expect(server.requests.length).toBeLessThanOrEqual(150);
    for (const { line } of server.requests) expect(line).not.toContain("collect");
  });

  it("gets only text that can be kept and shown from its account and senders", async () => {
    const friendly_name = `\0\ud800${"x".repeat(250)}`.slice(0, 200) + "😀".repeat(10);
    const number = { sid: "PN1", phone_number: "+12025550177", friendly_name };
    const capabilities = { sms: true, "a\0b": true, "two words": true, ["x".repeat(100_000)]: true };
    const { provider } = await serverThat(({ line }) => {
      if (line.includes("IncomingPhoneNumbers")) {
        return httpAnswer(200, { incoming_phone_numbers: [{ ...number, capabilities }] });
      }
      if (line.includes("ShortCodes")) return httpAnswer(200, { short_codes: [] });
      if (line.includes("Services")) return httpAnswer(200, { services: [{ sid: "MG1", friendly_name }] });
      return httpAnswer(200, { sid: "AC1", friendly_name, status: "a\0", type: "\udfff" });
    });
    const account = answered(await upstream.check(provider, never));
    const senders = answered(await upstream.listSenders(provider, never));
    expect(senders.map(({ capabilities }) => capabilities)).toEqual([["sms"], ["sms"]]);
    const texts = [account.friendlyName, account.status, account.type, ...senders.map(({ name }) => name)];
    for (const text of texts) expect([text, isStorable(text ?? "\0")]).toEqual([text, true]);
  });

  it("gets a refusal shown that can be kept", async () => {
    const { provider } = await serverThat(() => httpAnswer(400, { code: 1, message: `${"x".repeat(193)}😀\0` }));
    const result = await upstream.check(provider, never);
    expect(isStorable(result.kind === "failure" ? result.reason : "\0")).toBe(true);
  });

  it("cannot date what became of a message where no database can keep it", async () => {
    const { provider } = await serverThat(() =>
      httpAnswer(200, { sid: "SM1", status: "delivered", date_updated: "+010000-01-01T00:00:00Z" }),
    );
    const { at } = answered(await upstream.findMessage(provider, "SM1", never));
    expect(Math.abs(at.getTime() - Date.now())).toBeLessThan(600_000);
  });

  it("is not believed when it tells of another message than the one asked for", async () => {
    const { provider } = await serverThat(() => httpAnswer(200, { sid: "SM2", status: "delivered" }));
    expect(await upstream.findMessage(provider, "SM1", never)).toMatchObject({ state: "unreachable" });
  });

  it("gives no credential that is half one", async () => {
    const bad = { secondary_auth_token: "", auth_token: null, sid: "SK1", secret: "two words" };
    const { provider } = await serverThat(() => httpAnswer(201, bad));
    for (const result of [
      await upstream.createSecondaryToken(provider, never),
      await upstream.promoteSecondaryToken(provider, never),
      await upstream.createApiKey(provider, "x", never),
    ]) {
      expect(result).toMatchObject({ kind: "failure", maybeDone: true });
      expect(JSON.stringify(result)).not.toContain("two words");
    }
  });

  it("never gets a secret into a reason", async () => {
    const { provider } = await serverThat(({ headers }) =>
      httpAnswer(400, { code: 1, message: `${testSecret} ${headers.get("authorization") ?? ""}` }),
    );
    const result = await upstream.check(provider, never);
    const encoded = Buffer.from(`${String(provider.config["accountSid"])}:${testSecret}`).toString("base64");
    expect(JSON.stringify(result)).not.toContain(testSecret);
    expect(JSON.stringify(result)).not.toContain(encoded);
  });

  it("is warned of where the credentials would go in the clear, not on the loopback", async () => {
    const account = { sid: "AC1", friendly_name: "x", status: "active", type: "Full" };
    const { server, provider } = await serverThat(() => httpAnswer(200, account));
    expect(answered(await upstream.check(provider, never)).warnings).toEqual([]);
    const port = new URL(server.url).port;
    const named = testTwilio({ resolver: async () => [{ address: "127.0.0.1", family: 4 }] });
    cleanups.push(named.close);
    const clear = twilioProvider({ baseUrl: `http://sms.example:${port}` });
    expect(answered(await named.upstream.check(clear, never)).warnings).toEqual([
      expect.stringContaining("unencrypted"),
    ]);
  });
});
