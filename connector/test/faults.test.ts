import { createConnection } from "@prismatic-io/spectral/dist/testing.js";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { basic } from "../../gateway/test/support/twilio-call.ts";
import { apiKeyConnection } from "../src/connections/api-key.ts";
import { authTokenConnection } from "../src/connections/auth-token.ts";
import {
  type ComponentOnGateway,
  componentOnGateway,
  harness,
  logged,
  logger,
  newHandsets,
} from "./support/component-on-gateway.ts";
import { type FaultyServer, startFaultyServer } from "./support/faulty-server.ts";

let on: ComponentOnGateway;
let proxy: FaultyServer;
beforeAll(async () => {
  on = await componentOnGateway({ dispatch: false });
});
afterAll(() => on.stop());
beforeEach(async () => {
  proxy = await startFaultyServer(on.gateway.url);
});
afterEach(() => proxy.close());

const handset = newHandsets();
const send = (to: string, more: object = {}) =>
  on.run<{ sid: string; replayed: boolean; reconciled: boolean }>("sendSMS", {
    twilioConnection: on.at(proxy.url),
    to,
    from: on.gateway.numbers[0],
    message: "Hello",
    ...more,
  });
const listed = (to: string) => on.run<{ sid: string }[]>("listMessages", { to });
const posts = () => proxy.seen.filter(({ method }) => method === "POST");

describe("Send SMS through a bad network", () => {
  it("sends To, From and Body and nothing else with the three inputs of the public connector", async () => {
    const to = handset();
    await send(to);
    const form = Object.fromEntries(new URLSearchParams(posts()[0]?.body.toString()));
    expect(form).toEqual({ To: to, From: on.gateway.numbers[0], Body: "Hello" });
  });

  it("sends once though the acknowledgement was lost, by asking the gateway again under the same key", async () => {
    const to = handset();
    proxy.next("lose-answer");
    const sent = await send(to);
    expect(sent).toMatchObject({ reconciled: true, replayed: true });
    expect(await listed(to)).toMatchObject([{ sid: sent.sid }]);
    expect(new Set(posts().map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
  });

  it("sends after a reset before anything was taken", async () => {
    const to = handset();
    proxy.next("reset");
    expect((await send(to)).reconciled).toBe(true);
    expect(await listed(to)).toHaveLength(1);
  });

  it.each([500, 502, 503])("sends once though the first answer was %i", async (status) => {
    const to = handset();
    proxy.next({ status, headers: { "content-type": "text/html" }, body: "<h1>Oops</h1>" });
    await send(to);
    expect(await listed(to)).toHaveLength(1);
  });

  it("waits as long as a 429 says, and sends", async () => {
    proxy.next({ status: 429, headers: { "retry-after": "1" }, body: '{"code":20429,"message":"Too Many Requests"}' });
    await send(handset());
    const [first, second] = posts();
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it("does not wait for a 429 that says tomorrow, and tells when to try again", async () => {
    proxy.next({ status: 429, headers: { "retry-after": "86400" }, body: '{"code":20429,"message":"Too Many"}' });
    await expect(send(handset())).rejects.toThrow("20429 (HTTP 429): Too Many Try again in 86400 s.");
    expect(posts()).toHaveLength(1);
  });

  it("never sends again to a server that is no gateway, and finds the message by looking for it", async () => {
    const to = handset();
    // It does not know the native API, as Twilio does not.
    proxy.otherwise = ({ path }) => (path.startsWith("/trunkline") ? { status: 404, body: "{}" } : "pass");
    proxy.next("lose-answer");
    const sent = await send(to);
    expect(sent).toMatchObject({ reconciled: true, replayed: false });
    expect(posts()).toHaveLength(1);
    expect(await listed(to)).toMatchObject([{ sid: sent.sid }]);
  });

  it("says that it does not know when the message is not to be found, and does not send it again", async () => {
    const to = handset();
    proxy.otherwise = ({ path }) => (path.startsWith("/trunkline") ? { status: 404, body: "{}" } : "pass");
    proxy.next("reset");
    const lost = send(to);
    await expect(lost).rejects.toThrow("It was not found among the messages");
    await expect(lost).rejects.toMatchObject({ kind: "unknown-outcome" });
    expect(posts()).toHaveLength(1);
    expect(await listed(to)).toEqual([]);
  });

  it("does not take an older message of the same text for the lost one", async () => {
    const to = handset();
    await send(to);
    proxy.otherwise = ({ path, method }) => {
      if (path.startsWith("/trunkline")) return { status: 404, body: "{}" };
      if (method === "POST") return "reset";
      // An hour later by the server's clock.
      return {
        status: 200,
        headers: { date: new Date(Date.now() + 3_600_000).toUTCString() },
        body: JSON.stringify({ messages: [oldMessage(to, on.gateway.accountSid)], next_page_uri: null }),
      };
    };
    await expect(send(to)).rejects.toMatchObject({ kind: "unknown-outcome" });
  });

  it("tells of a server that is not there, that nothing was sent", async () => {
    await proxy.close();
    const gone = send(handset());
    await expect(gone).rejects.toMatchObject({ kind: "unavailable" });
    await expect(gone).rejects.toThrow("Nothing was sent");
    proxy = await startFaultyServer(on.gateway.url);
  });

  it("reports the unknown outcome of a bulk message, and goes on with the others", async () => {
    proxy.otherwise = ({ path }) => (path.startsWith("/trunkline") ? { status: 404, body: "{}" } : "pass");
    proxy.next("pass", "reset");
    const recipients = [handset(), handset(), handset()];
    const mailing = { template: "Hi", recipients, concurrency: "1", from: on.gateway.numbers[0] };
    const report = await on.run("sendBulk", { twilioConnection: on.at(proxy.url), ...mailing });
    expect(report).toMatchObject({ accepted: 2, unknown: 1, refused: 0 });
  });
});

function oldMessage(to: string, accountSid: string) {
  return {
    sid: `SM${"a".repeat(32)}`,
    account_sid: accountSid,
    to,
    body: "Hello",
    num_media: "0",
    direction: "outbound-api",
    status: "sent",
    date_created: new Date().toUTCString(),
  };
}

describe("reading through a bad network", () => {
  it("asks again after resets and 5xx, with growing waits", async () => {
    proxy.next("reset", { status: 502 }, { status: 503 });
    expect(await on.run("listMessages", { twilioConnection: on.at(proxy.url) })).toBeInstanceOf(Array);
    const gaps = proxy.seen.slice(1).map(({ atMs }, index) => atMs - (proxy.seen[index]?.atMs ?? 0));
    expect(gaps[0]).toBeGreaterThanOrEqual(240);
    expect(gaps[1]).toBeGreaterThanOrEqual(490);
    expect(gaps[2]).toBeGreaterThanOrEqual(990);
  });

  it.each([
    ["HTML", { status: 200, headers: { "content-type": "text/html" }, body: "<p>Hello</p>" }, "an HTML page"],
    ["a list without messages", { status: 200, body: "{}" }, "has no messages"],
    ["nothing", { status: 200 }, "answered 200 with nothing"],
    ["a redirect", { status: 302, headers: { location: "http://127.0.0.1:1/" } }, "Redirects are not followed"],
    ["JSON of something else", { status: 200, body: "[1]" }, "instead of JSON"],
  ])("says what is wrong with an answer of %s", async (_case, fate, reason) => {
    proxy.next(fate);
    const reading = on.run("listMessages", { twilioConnection: on.at(proxy.url) });
    await expect(reading).rejects.toThrow(reason);
    await expect(reading).rejects.not.toThrow("Hello");
  });

  it("does not follow a link to another host, nor round in a circle", async () => {
    const page = (next: string) => ({ status: 200, body: JSON.stringify({ messages: [], next_page_uri: next }) });
    const all = { twilioConnection: on.at(proxy.url), limit: "all" };
    proxy.next(page("http://169.254.169.254/latest?PageToken=PAx"), page("/x?PageToken=PAy"));
    proxy.otherwise = () => page("/x?PageToken=PAx");
    await expect(on.run("listMessages", all)).rejects.toThrow("circle");
    expect(proxy.seen.map(({ path }) => path.split("?")[0])).toEqual(
      proxy.seen.map(() => `/2010-04-01/Accounts/${on.gateway.accountSid}/Messages.json`),
    );
  });

  it("gives up on an answer without an end", async () => {
    const big = Buffer.alloc(65 * 1024 * 1024, 32);
    proxy.otherwise = () => ({ status: 200, body: big });
    await expect(on.run("listMessages", { twilioConnection: on.at(proxy.url) })).rejects.toThrow("larger than 64 MB");
    expect(proxy.seen).toHaveLength(1);
  });
});

describe("connections", () => {
  const verify = (twilioConnection: unknown) => on.run("verifyConnection", { twilioConnection });
  const fields = () => ({ username: on.gateway.accountSid, password: "wrong-secret", apiBaseUrl: on.gateway.url });

  it("that are refused are a configuration problem, and the error holds no secret", async () => {
    const error: unknown = await verify(createConnection(authTokenConnection, fields())).catch((thrown) => thrown);
    expect(error).toMatchObject({ isSpectralError: true, message: expect.stringContaining("20003 (HTTP 401)") });
    const text = JSON.stringify(error) + String(error) + (error as Error).stack;
    expect(text).not.toContain("wrong-secret");
    expect(text).not.toContain(basic(on.gateway.accountSid, "wrong-secret").slice(6));
  });

  it.each([
    ["no connection", "", "choose one"],
    ["an unknown type", { key: "oauth", configVarKey: "", fields: {} }, "Unsupported connection type: oauth"],
    ["an account SID of another kind", { username: `SK${"0".repeat(32)}` }, "AC and 32"],
    ["no token", { password: "" }, "auth token is missing"],
    ["a base URL that is none", { apiBaseUrl: "gateway" }, "must be an http or https URL"],
    ["a base URL with a password", { apiBaseUrl: "https://u:p@example.com" }, "no credentials"],
    ["Twilio without TLS", { apiBaseUrl: "http://api.twilio.com" }, "over https only"],
  ])("refuse %s before anything is sent", async (_case, given, reason) => {
    const isWhole = typeof given === "string" || "key" in given;
    const wrong = isWhole ? given : createConnection(authTokenConnection, { ...fields(), ...given });
    await expect(verify(wrong)).rejects.toThrow(reason);
  });

  it.each([
    [{ apiKey: "" }, "API key SID is missing"],
    [{ apiKey: "AC1" }, "SK and 32"],
    [{ apiSecret: "" }, "secret is missing"],
  ])("by API key refuse %j", async (given, reason) => {
    const key = createConnection(apiKeyConnection, { ...on.apiKey.fields, ...given } as Record<string, string>);
    await expect(verify(key)).rejects.toThrow(reason);
  });

  it("take an address that ends in the version, or in slashes", async () => {
    expect(await verify(on.at(`${on.gateway.url}/2010-04-01/`))).toMatchObject({ status: "active" });
  });

  it("log each attempt in debug mode, and neither secrets nor texts nor numbers, and nothing otherwise", async () => {
    const to = handset();
    const params = { twilioConnection: on.at(proxy.url), to, from: on.gateway.numbers[0], message: "Top secret text" };
    logged.length = 0;
    await harness.action("sendSMS", params, { logger });
    expect(logged).toEqual([]);
    proxy.next({ status: 429 });
    await harness.action("sendSMS", params, { logger, globalDebug: true } as object);
    await harness.action("listMessages", { twilioConnection: on.at(proxy.url), to }, {
      logger,
      globalDebug: true,
    } as object);
    const text = logged.join("\n");
    expect(text).toMatch(/"status":429/);
    expect(text).toMatch(/"status":201/);
    expect(text).toContain("To=…");
    const token = on.gateway.authToken;
    const secrets = [
      token,
      basic(on.gateway.accountSid, token).slice(6),
      to,
      to.slice(1),
      "Top secret",
      "+12025550100",
    ];
    for (const secret of secrets) expect(text).not.toContain(secret);
  });
});
