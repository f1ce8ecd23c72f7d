// What PingOne's settings do to messages: the chain fails over, selections decide what is sent from, policies decide where and
// how often, and PingOne's own custom provider can send here. Two more gateways are the providers; their records judge.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { uuidOf } from "../../src/core/ids.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { basic } from "../support/native-client.ts";
import { type PingOneClient, pingOneClient, settingsPath } from "../support/pingone.ts";
import { addProvider, attemptsOf, eventsOf, receivedTexts, untilHandedOver } from "../support/upstreams.ts";

let gateway: TestGateway;
let upstream: TestGateway;
let other: TestGateway;
/** An account of each test's own: dispatch remembers others for a second. */
let account: TestGateway;
let client: PingOneClient;
let text = 0;

beforeAll(async () => {
  [upstream, other] = await Promise.all([startTestGateway({ dispatch: true }), startTestGateway({ dispatch: true })]);
  gateway = await startTestGateway({ dispatch: true, environment: { TRUNKLINE_TWILIO_BASE_URL: upstream.url } });
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  await Promise.all([upstream.stop(), other.stop()]);
});

beforeEach(async () => {
  account = { ...gateway, ...(await gateway.addAccount()) };
  client = await pingOneClient(gateway, account);
});

const sentText = () => `Hello number ${text}`;

/** As PingOne's own custom provider would. Resolves to the SID. */
async function send(to: string): Promise<string> {
  text += 1;
  const response = await fetch(`${gateway.url}/hooks/pingone/default`, {
    method: "POST",
    headers: { authorization: basic(account.accountSid, account.authToken), "content-type": "application/json" },
    body: JSON.stringify({ to, message: sentText() }),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { sid: string }).sid;
}

async function outcome(to: string) {
  const sid = await send(to);
  const { status, code } = await untilHandedOver(account, sid);
  const attempts = await attemptsOf(account, sid);
  return { sid, status, code, attempts, last: attempts.at(-1) };
}

const twilio = (changes: object = {}) => ({
  ...{ provider: "CUSTOM_TWILIO", sid: upstream.accountSid, authToken: upstream.authToken },
  ...changes,
});
const chainOf = async (...ids: string[]) => {
  const answer = await client.call("PUT", "/notificationsSettings", { smsProvidersFallbackChain: ids });
  expect(answer.status).toBe(200);
};
const create = async (body: object): Promise<string> => {
  const answer = await client.call("POST", settingsPath, body);
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.body.id;
};
const select = (id: string, ...numbers: string[]) =>
  client.call("PUT", `${settingsPath}/${id}`, {
    ...twilio(),
    numbers: numbers.map((number) => ({ number, type: "PHONE_NUMBER", selected: true })),
  });

describe("the fallback chain", () => {
  it("goes on to the next provider when one is dead, and passes over one with nothing selected", {
    timeout: 40_000,
  }, async () => {
    const unconfigured = await create(twilio({ name: "nothing selected" }));
    const dead = await addProvider(account, { name: "dead", baseUrl: "http://127.0.0.1:9", account: other });
    const good = await create(twilio({ name: "good" }));
    const [, second] = upstream.numbers;
    await select(good, second);
    await chainOf(unconfigured, dead, good);
    const { sid, status, last, attempts } = await outcome("+12025550142");
    expect(["sent", "delivered"]).toContain(status);
    expect(last).toMatchObject({ provider: "good", outcome: "accepted", from: second });
    expect(attempts.some(({ provider }) => provider === "nothing selected")).toBe(false);
    await expect.poll(async () => (await receivedTexts(upstream)).get(sentText())).toBe(1);
    const sent = (await eventsOf(account, sid)).find(({ type }) => type === "message.sent");
    const skipped = { providerId: unconfigured, reason: expect.stringContaining("nothing is selected") };
    expect(sent?.data).toMatchObject({ passedOver: expect.arrayContaining([skipped]) });
  });

  it.each([[[]], [["PINGONE_TWILIO"]]])("that is %j sends through the built-in provider", async (chain) => {
    await create(twilio());
    await chainOf(...chain);
    const { last } = await outcome("+12025550143");
    expect(last).toMatchObject({ provider: "Sandbox", outcome: "accepted" });
  });

  it("passes over Syniverse, and says that there is no connection to it", async () => {
    const syniverse = await create({ provider: "CUSTOM_SYNIVERSE", name: "syniverse", authToken: "token" });
    await chainOf(syniverse, "PINGONE_TWILIO");
    const { attempts } = await outcome("+12025550144");
    expect(attempts).toMatchObject([
      { provider: "syniverse", outcome: "next-provider", reason: expect.stringContaining("Syniverse") },
      { provider: "Sandbox", outcome: "accepted" },
    ]);
  });

  it("sends through the messaging service that is selected", async () => {
    const { serviceSid } = upstream;
    const services = twilio({ provider: "CUSTOM_TWILIO_MESSAGING_SERVICE", name: "services" });
    const id = await create(services);
    const messagingServices = [{ messagingServiceId: serviceSid, selected: true }];
    await client.call("PUT", `${settingsPath}/${id}`, { ...services, messagingServices });
    await chainOf(id);
    expect((await outcome("+12025550145")).last).toMatchObject({ provider: "services", from: serviceSid });
  });
});

describe("a policy", () => {
  const off = { enabled: false };
  const put = async (policy: object) => {
    const answer = await client.call("POST", "/notificationsPolicies", {
      name: "p",
      default: true,
      quotas: [],
      ...policy,
    });
    expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  };

  it("gives countries a chain of their own, and refuses others", async () => {
    const german = await create(twilio({ name: "german" }));
    await select(german, upstream.numbers[0]);
    await chainOf("PINGONE_TWILIO");
    await put({
      countryLimit: { type: "DENIED", countries: ["FR"] },
      providerConfiguration: {
        conditions: [
          { deliveryMethods: ["SMS"], countries: ["DE", "AT"], fallbackChain: [{ id: german }] },
          { deliveryMethods: ["SMS"], fallbackChain: [{ id: "PINGONE_TWILIO" }] },
        ],
      },
    });
    const [de, us, fr] = await Promise.all(["+4915123456789", "+12025550146", "+33612345678"].map(outcome));
    expect(de?.last).toMatchObject({ provider: "german", outcome: "accepted" });
    expect(us?.last).toMatchObject({ provider: "Sandbox", outcome: "accepted" });
    expect(fr).toMatchObject({ status: "failed", code: 21408, attempts: [] });
    const events = await eventsOf(account, fr?.sid ?? "");
    expect(events.map(({ type }) => type)).toContain("protection.denied");
  });

  it("holds recipients to their quota and their cool-down", async () => {
    const sms = {
      ...{ enabled: true, resendLimit: 5 },
      periods: Array.from({ length: 3 }, () => ({ duration: 10, timeUnit: "MINUTES" })),
    };
    await put({
      quotas: [{ type: "ENVIRONMENT", deliveryMethods: ["SMS", "Voice"], total: 2 }],
      cooldownConfiguration: { email: off, sms, voice: off, whatsApp: off },
    });
    expect(["sent", "delivered"]).toContain((await outcome("+12025550147")).status);
    expect(await outcome("+12025550147")).toMatchObject({ status: "failed", code: 60203 });
    expect(["sent", "delivered"]).toContain((await outcome("+12025550148")).status);
    expect(await outcome("+12025550149")).toMatchObject({ status: "failed", code: 63038 });
  });
});

describe("a test of a setting", () => {
  it("sends a real message through that setting alone, and says what came of it", async () => {
    const id = await create(twilio());
    const path = `${settingsPath}/${id}/test`;
    const unselected = await client.call("POST", path, { to: "+12025550150" });
    expect([unselected.status, unselected.body.details[0].target]).toEqual([400, "from"]);
    await select(id, upstream.numbers[0]);
    const answer = await client.call("POST", path, { to: "+12025550150", message: "A test." });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      messageSid: expect.stringMatching(/^SM/),
      status: expect.stringMatching(/^(SENT|DELIVERED)$/),
    });
    await expect.poll(async () => (await receivedTexts(upstream)).get("A test.")).toBe(1);
    const wrong = await client.call("POST", path, { to: "nobody" });
    expect([wrong.status, wrong.body.details[0].target]).toEqual([400, "to"]);
  });
});

describe("PingOne's own custom provider, pointed here,", () => {
  const hook = (provider: string, query = "") => `${gateway.url}/hooks/pingone/${provider}${query}`;
  const form = new URLSearchParams({ to: "12025550151", from: "", message: "By form" });

  it("may use GET or POST, a form or JSON, and any authentication that it has", async () => {
    const { clientId, clientSecret, environmentId } = client;
    const granted = await fetch(`${gateway.url}/${environmentId}/as/token`, {
      method: "POST",
      body: new URLSearchParams({ grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret }),
    });
    const { access_token: token } = (await granted.json()) as { access_token: string };
    const [key] = await gateway.db.query<{ id: string }>(
      `insert into access_keys (account_id, id, key_hash, name, role)
       values ($1, gen_random_uuid(), sha256('tl_hook'::bytea), 'hook', 'sender') returning id`,
      [uuidOf(account.accountSid)],
    );
    expect(key).toBeDefined();
    const id = await create(twilio());
    const query = "?to=%2B12025550151&message=By%20query&locale=en";
    const calls: [url: string, init: RequestInit][] = [
      [
        hook("default"),
        { method: "POST", body: form, headers: { authorization: basic(account.accountSid, account.authToken) } },
      ],
      [hook("default"), { method: "POST", body: form, headers: { authorization: basic(clientId, clientSecret) } }],
      [hook(id, query), { headers: { authorization: `Bearer ${token}` } }],
      [hook("default", query), { headers: { "x-api-key": "tl_hook" } }],
    ];
    for (const [url, init] of calls) {
      const response = await fetch(url, init);
      const body = (await response.json()) as { sid: string };
      expect([response.status, body]).toEqual([200, expect.objectContaining({ sid: expect.stringMatching(/^SM/) })]);
      expect(["sent", "delivered"]).toContain((await untilHandedOver(account, body.sid)).status);
    }
  });

  it("is told what is wrong with its credentials or its fields, and sends once for one idempotency key", async () => {
    const authorization = basic(account.accountSid, account.authToken);
    const post = async (body: object, headers: Record<string, string> = { authorization }, provider = "default") => {
      const init = {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      };
      const response = await fetch(hook(provider), init);
      return { status: response.status, body: (await response.json()) as { sid: string; error: { message: string } } };
    };
    const good = { to: "+12025550152", message: "x" };
    expect((await post(good, {})).status).toBe(401);
    expect((await post(good, { authorization: `Bearer ${account.viewerKey}` })).status).toBe(403);
    expect((await post(good, { authorization }, "00000000-0000-4000-8000-000000000000")).status).toBe(404);
    for (const wrong of [
      {},
      { to: "+12025550152" },
      { message: "x" },
      { ...good, to: "nobody" },
      { ...good, to: ["+1"] },
      { ...good, deliveryMethod: "VOICE" },
    ]) {
      const answer = await post(wrong);
      expect([wrong, answer.status]).toEqual([wrong, 400]);
      expect(answer.body.error.message).not.toBe("");
    }
    const headers = { authorization, "idempotency-key": "once" };
    const [first, second] = [await post(good, headers), await post(good, headers)];
    expect(second.body.sid).toBe(first.body.sid);
    expect((await post({ ...good, message: "other" }, headers)).status).toBe(409);
    // A sandbox's number whose queue is always full.
    expect((await post({ ...good, from: "+15005550008" })).status).toBe(429);
  });
});
