import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as model from "../../../test/conformance/pingone-models.ts";
import { startTestGateway, type TestGateway } from "../../../test/support/gateway.ts";
import { basic } from "../../../test/support/native-client.ts";
import {
  callPingOne,
  fetchToken,
  firstDetail,
  type PingOneClient,
  pingOneClient,
  settingsPath,
} from "../../../test/support/pingone.ts";
import { uuidOf } from "../../core/ids.ts";

let gateway: TestGateway;
let client: PingOneClient;
let stranger: PingOneClient;

beforeAll(async () => {
  gateway = await startTestGateway();
  client = await pingOneClient(gateway);
  stranger = await pingOneClient(gateway, await gateway.addAccount());
}, 60_000);
afterAll(() => gateway.stop());

const custom = (name: string) => ({
  ...{ provider: "CUSTOM_PROVIDER", name, authentication: { method: "BEARER", authToken: "secret-word" } },
  requests: [{ deliveryMethod: "SMS", method: "GET", url: `https://sms.example/?to=$${"{to}"}&text=$${"{message}"}` }],
});
const setting = async (by: PingOneClient, name: string): Promise<string> =>
  (await by.call("POST", settingsPath, custom(name))).body.id;

describe("notification settings", () => {
  const path = "/notificationsSettings";

  it("are there from the start, and an absent field stays as it is", async () => {
    const before = await client.call("GET", path);
    model.notificationSettings.parse(before.body);
    expect(before.body.environment.id).toBe(client.environmentId);
    expect(before.body.smsProvidersFallbackChain).toEqual(["PINGONE_TWILIO"]);
    await client.call("PUT", path, { deliveryMode: "WHITELIST", whitelist: [{ user: { id: "u1" } }] });
    const id = await setting(client, "chained");
    const { body } = await client.call("PUT", path, { smsProvidersFallbackChain: [id] });
    expect(body).toMatchObject({ deliveryMode: "WHITELIST", smsProvidersFallbackChain: [id] });
    model.notificationSettings.parse(body);
    const empty = await client.call("PUT", path, { smsProvidersFallbackChain: [] });
    expect(empty.body.smsProvidersFallbackChain).toEqual([]);
    const same = await client.call("PUT", path, body);
    expect(same.body).toMatchObject({ smsProvidersFallbackChain: [id], from: body.from });
    const reset = await client.call("DELETE", path);
    expect([reset.status, reset.body.deliveryMode, reset.body.whitelist]).toEqual([200, "ALL", undefined]);
  });

  it("have the chain that every dialect has", async () => {
    const [one, two] = [await setting(client, "one"), await setting(client, "two")];
    await client.call("PUT", path, { smsProvidersFallbackChain: [two, "PINGONE_TWILIO", one] });
    const [row] = await gateway.db.query<{ chain: string[] }>(
      "select fallback_chain as chain from accounts where id = $1",
      [uuidOf(gateway.accountSid)],
    );
    expect([row?.chain[0], row?.chain[2], row?.chain.length]).toEqual([two, one, 3]);
    const native = await fetch(`${gateway.url}/trunkline/v1/accounts/${gateway.accountSid}/fallback-chain`, {
      method: "PUT",
      headers: { authorization: basic(gateway.accountSid, gateway.authToken), "content-type": "application/json" },
      body: JSON.stringify({ providers: [one] }),
    });
    expect(native.status).toBe(200);
    expect((await client.call("GET", path)).body.smsProvidersFallbackChain).toEqual([one]);
  });

  it.each<[body: object, target: string]>([
    [{ smsProvidersFallbackChain: "all" }, "smsProvidersFallbackChain"],
    [{ smsProvidersFallbackChain: [1] }, "smsProvidersFallbackChain[0]"],
    [{ smsProvidersFallbackChain: ["nothing"] }, "smsProvidersFallbackChain[0]"],
    [{ smsProvidersFallbackChain: ["PINGONE_TWILIO", "PINGONE_TWILIO"] }, "smsProvidersFallbackChain[1]"],
    [
      { smsProvidersFallbackChain: ["PINGONE_TWILIO", "00000000-0000-4000-8000-000000000000"] },
      "smsProvidersFallbackChain[1]",
    ],
    [{ smsProvidersFallbackChain: Array.from({ length: 51 }, () => "x") }, "smsProvidersFallbackChain"],
    [{ deliveryMode: "SOME" }, "deliveryMode"],
    [{ emailProviderFallbackChain: ["GMAIL"] }, "emailProviderFallbackChain[0]"],
    [{ from: { name: "x" } }, "from.address"],
    [{ whitelist: Array.from({ length: 51 }, () => ({ user: { id: "x" } })) }, "whitelist"],
    [{ restrictions: { smsVoiceQuota: { daily: 51 } } }, "restrictions.smsVoiceQuota.daily"],
  ])("that are wrong (%j) change nothing", async (body, target) => {
    const before = (await client.call("GET", path)).body;
    const answer = await client.call("PUT", path, { ...body, defaultLanguage: "fr" });
    model.errorBody.parse(answer.body);
    expect([answer.status, firstDetail(answer).target]).toEqual([400, target]);
    expect((await client.call("GET", path)).body).toEqual(before);
  });

  it("never take another environment's settings into a chain", async () => {
    const foreign = await setting(stranger, "foreign");
    const answer = await client.call("PUT", path, { smsProvidersFallbackChain: [foreign] });
    expect([answer.status, firstDetail(answer).target]).toEqual([400, "smsProvidersFallbackChain[0]"]);
  });
});

describe("notification policies", () => {
  const path = "/notificationsPolicies";
  const cooldown = {
    ...{ enabled: true, groupBy: "USER_ID", resendLimit: 3 },
    periods: [
      { duration: 30, timeUnit: "SECONDS" },
      { duration: 1, timeUnit: "MINUTES" },
      { duration: 10, timeUnit: "MINUTES" },
    ],
  };
  const off = { enabled: false };
  const policy = (changes: object = {}) => ({
    name: "Standard",
    quotas: [{ type: "USER", deliveryMethods: ["SMS", "Voice"], total: 10 }],
    ...changes,
  });

  it("are made, listed, changed and deleted; at most one is the default", async () => {
    const id = await setting(client, "of a policy");
    const full = policy({
      default: true,
      countryLimit: { type: "DENIED", countries: ["KP"], deliveryMethods: ["SMS"] },
      cooldownConfiguration: { email: off, sms: cooldown, voice: off, whatsApp: off },
      providerConfiguration: {
        conditions: [
          {
            deliveryMethods: ["SMS", "VOICE"],
            countries: ["DE", "AT"],
            fallbackChain: [{ id }, { id: "PINGONE_TWILIO" }],
          },
          { deliveryMethods: ["SMS"], fallbackChain: [{ id: "PINGONE_TWILIO" }] },
        ],
      },
    });
    const made = await client.call("POST", path, JSON.stringify(full).replace(id, id.toUpperCase()));
    expect([made.status, made.body]).toEqual([201, expect.objectContaining(full)]);
    expect(made.body._links.self.href).toContain(`/v1/environments/${client.environmentId}${path}/${made.body.id}`);
    const second = await client.call("POST", path, policy({ name: "Other", default: true }));
    expect(second.body.countryLimit).toEqual({ type: "NONE" });
    const list = (await client.call("GET", path)).body;
    expect([list.count, list._embedded.notificationsPolicies.map((one: { default: boolean }) => one.default)]).toEqual([
      ...[2, [false, true]],
    ]);
    const refused = await client.call("DELETE", `${path}/${second.body.id}`);
    expect([refused.status, firstDetail(refused).code]).toEqual([400, "CONSTRAINT_VIOLATION"]);
    expect(firstDetail(refused).message).toContain("remove default notifications policy");
    // A setting that is deleted is in no chain any more.
    await client.call("DELETE", `${settingsPath}/${id}`);
    const pruned = (await client.call("GET", `${path}/${made.body.id}`)).body.providerConfiguration.conditions[0];
    expect(pruned.fallbackChain).toEqual([{ id: "PINGONE_TWILIO" }]);
    expect((await client.call("PUT", `${path}/${second.body.id}`, policy({ name: "Other" }))).body.default).toBe(false);
    for (const one of [made, second]) {
      expect((await client.call("DELETE", `${path}/${one.body.id}`)).status).toBe(204);
      expect((await client.call("GET", `${path}/${one.body.id}`)).status).toBe(404);
    }
  });

  it("have names of their own", async () => {
    const { body } = await client.call("POST", path, policy({ name: "Mine" }));
    const again = await client.call("POST", path, policy({ name: "Mine" }));
    expect(firstDetail(again)).toMatchObject({ code: "UNIQUENESS_VIOLATION", innerError: { existingId: body.id } });
    expect((await client.call("PUT", `${path}/${body.id}`, policy({ name: "Mine" }))).status).toBe(200);
  });

  it.each<[changes: object, target: string]>([
    [{ name: "" }, "name"],
    [{ name: "  " }, "name"],
    [{ name: undefined }, "name"],
    [{ quotas: undefined }, "quotas"],
    [{ quotas: [{ type: "USER", deliveryMethods: ["SMS"] }] }, "quotas[0]"],
    [{ quotas: [{ type: "USER", deliveryMethods: ["SMS"], total: 1, claimed: 1, unclaimed: 1 }] }, "quotas[0]"],
    [{ quotas: [{ type: "USER", deliveryMethods: ["SMS"], claimed: 1 }] }, "quotas[0]"],
    [{ quotas: [{ type: "USER", deliveryMethods: ["SMS"], total: -1 }] }, "quotas[0].total"],
    [{ quotas: [{ type: "USER", deliveryMethods: ["VOICE"], total: 1 }] }, "quotas[0].deliveryMethods[0]"],
    [{ countryLimit: { type: "DENIED" } }, "countryLimit.countries"],
    [{ countryLimit: { type: "DENIED", countries: ["XX"] } }, "countryLimit.countries[0]"],
    [{ cooldownConfiguration: { sms: off } }, "cooldownConfiguration.email"],
    [
      { cooldownConfiguration: { email: off, voice: off, whatsApp: off, sms: { enabled: true } } },
      "cooldownConfiguration.sms.periods",
    ],
    [
      {
        cooldownConfiguration: {
          email: off,
          voice: off,
          whatsApp: off,
          sms: { ...cooldown, periods: [{ duration: 9, timeUnit: "SECONDS" }] },
        },
      },
      "cooldownConfiguration.sms.periods",
    ],
    [{ providerConfiguration: { conditions: [] } }, "providerConfiguration.conditions"],
    [
      {
        providerConfiguration: {
          conditions: [{ deliveryMethods: ["SMS"], countries: ["US"], fallbackChain: [{ id: "PINGONE_TWILIO" }] }],
        },
      },
      "providerConfiguration.conditions",
    ],
    [
      { providerConfiguration: { conditions: [{ deliveryMethods: ["SMS"], fallbackChain: [{ id: "nothing" }] }] } },
      "providerConfiguration.conditions[0].fallbackChain[0].id",
    ],
  ])("that are wrong (%j) are refused, naming the field", async (changes, target) => {
    const answer = await client.call("POST", path, policy({ name: "Wrong", ...changes }));
    model.errorBody.parse(answer.body);
    expect([answer.status, answer.body.details.map((one: { target: string }) => one.target)]).toEqual([
      ...[400, expect.arrayContaining([target])],
    ]);
  });
});

describe("an environment", () => {
  it("is shown to who has a role in it, alone and in the list", async () => {
    const one = await client.call("GET", "");
    model.environment.parse(one.body);
    const { access_token: token } = (await fetchToken(gateway.url, client)).body;
    const list = await callPingOne(`${gateway.url}/v1/environments`, token, { method: "GET" });
    model.collection("environments", model.environment).parse(list.body);
    expect(list.body._embedded.environments.map((each: { id: string }) => each.id)).toEqual([client.environmentId]);
  });

  it("that there is not is a 404 by itself and a 403 below, so that clients can tell that it is gone", async () => {
    const { access_token: token } = (await fetchToken(gateway.url, client)).body;
    const base = `${gateway.url}/v1/environments/00000000-0000-4000-8000-000000000000`;
    expect((await callPingOne(base, token, { method: "GET" })).status).toBe(404);
    expect((await callPingOne(base + settingsPath, token, { method: "GET" })).status).toBe(403);
  });

  it("of somebody else is closed, on every route, and nothing of it is changed or shown", async () => {
    const id = await setting(stranger, "theirs");
    const policy = (await stranger.call("POST", "/notificationsPolicies", { name: "Theirs", quotas: [] })).body.id;
    const routes: [method: string, path: string][] = [
      ...[["GET", ""] as [string, string]],
      ...["GET", "POST"].map((method): [string, string] => [method, settingsPath]),
      ...["GET", "PUT", "DELETE"].map((method): [string, string] => [method, `${settingsPath}/${id}`]),
      ["POST", `${settingsPath}/${id}/test`],
      ...["GET", "PUT", "DELETE"].map((method): [string, string] => [method, "/notificationsSettings"]),
      ...["GET", "POST"].map((method): [string, string] => [method, "/notificationsPolicies"]),
      ...["GET", "PUT", "DELETE"].map((method): [string, string] => [method, `/notificationsPolicies/${policy}`]),
    ];
    const { access_token: token } = (await fetchToken(gateway.url, client)).body;
    const before = (await stranger.call("GET", settingsPath)).text;
    for (const [method, path] of routes) {
      const url = `${gateway.url}/v1/environments/${stranger.environmentId}${path}`;
      const body =
        method === "POST" || method === "PUT" ? { ...custom("mine"), quotas: [], to: "+12025550142" } : undefined;
      const answer = await callPingOne(url, token, { method, body });
      model.errorBody.parse(answer.body);
      expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 403, "ACCESS_FAILED"]);
      expect(answer.body.message).not.toMatch(/^The actor attempting|do not have access/);
      // Through one's own environment their ids lead nowhere.
      const own = await client.call(method, path, body);
      if (path.includes(id) || path.includes(policy)) expect([method, path, own.status]).toEqual([method, path, 404]);
    }
    expect((await stranger.call("GET", settingsPath)).text).toBe(before);
  });

  it("is read by a viewer, and changed by none", async () => {
    const viewer = await pingOneClient(gateway, gateway, "viewer");
    const url = `https://sms.example/?apikey=hidden-word&to=$${"{to}"}&text=$${"{message}"}`;
    const requests = [{ deliveryMethod: "SMS", method: "GET", url }];
    const { body: made } = await client.call("POST", settingsPath, { ...custom("with a key"), requests });
    for (const path of [settingsPath, `${settingsPath}/${made.id}`]) {
      expect((await client.call("GET", path)).text).toContain("hidden-word");
      const seen = await viewer.call("GET", path);
      expect([seen.status, seen.text.includes("hidden-word")]).toEqual([200, false]);
    }
    for (const [method, path] of [
      ["POST", settingsPath],
      ["PUT", "/notificationsSettings"],
      ["DELETE", "/notificationsSettings"],
      ["POST", "/notificationsPolicies"],
    ] as const) {
      const answer = await viewer.call(method, path, custom("no"));
      expect([path, answer.status, firstDetail(answer).code]).toEqual([path, 403, "INSUFFICIENT_PERMISSIONS"]);
    }
  });
});

describe("every answer", () => {
  const url = () => `${gateway.url}/v1/environments/${client.environmentId}`;

  it("without a good token is PingOne's 401", async () => {
    for (const token of [null, "wrong", "eyJhbGciOiJub25lIn0.e30."]) {
      const answer = await callPingOne(url(), token, { method: "GET" });
      model.errorBody.parse(answer.body);
      expect([answer.status, answer.body.code, firstDetail(answer)]).toEqual([
        ...[
          401,
          "ACCESS_FAILED",
          expect.objectContaining({ code: "INVALID_TOKEN", target: "Authentication Credentials" }),
        ],
      ]);
    }
  });

  it("can be found again by its ids; the caller's own come back, spelled with what is allowed", async () => {
    const { access_token: token } = (await fetchToken(gateway.url, client)).body;
    const headers = { "X-Ping-External-Transaction-ID": "a b<c>é", "X-Ping-External-Session-ID": "x".repeat(300) };
    const answer = await callPingOne(`${url()}/nothing`, token, { method: "GET", headers });
    expect([answer.status, answer.body.code]).toEqual([404, "NOT_FOUND"]);
    expect(answer.body.id).toBe(answer.headers.get("correlation-id"));
    expect(answer.headers.get("x-ping-external-transaction-id")).toMatch(/^a_b_c_/);
    expect(answer.headers.get("x-ping-external-session-id")).toHaveLength(100);
    expect(answer.headers.get("expires")).toBe("0");
    const plain = await callPingOne(url(), token, { method: "GET" });
    expect(plain.headers.get("x-ping-external-session-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("to what clients cannot know is never a 5xx", async () => {
    const odd = [
      "{",
      '"',
      '{"name":"\\ud800"}',
      '{"provider":{"a":[1]}}',
      "[".repeat(5000),
      `{"a":${"[".repeat(2000)}${"]".repeat(2000)}}`,
    ];
    for (const body of odd) {
      for (const [method, path] of [
        ["POST", settingsPath],
        ["PUT", "/notificationsSettings"],
        ["POST", "/notificationsPolicies"],
      ] as const) {
        const answer = await client.call(method, path, body);
        // What is not known is ignored where nothing is required.
        const isTaken = method === "PUT" && /^\{"(?:name|provider)"/.test(body);
        if (!isTaken) model.errorBody.parse(answer.body);
        expect([body.slice(0, 20), answer.status]).toEqual([body.slice(0, 20), isTaken ? 200 : 400]);
      }
    }
  });
});
