// The request sequences of PingOne's Go SDK, Terraform provider, CLI and Postman collection, decoded as they decode. The
// Twilio behind the settings is another gateway.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  fetchToken,
  firstDetail,
  type PingOneAnswer,
  type PingOneClient,
  type PingOneWorld,
  pingOneClient,
  settingsPath,
  startPingOneWorld,
} from "../support/pingone.ts";
import * as model from "./pingone-models.ts";

let world: PingOneWorld;
let client: PingOneClient;

beforeAll(async () => {
  world = await startPingOneWorld();
  client = world.client;
}, 60_000);
afterAll(() => world.stop());

beforeEach(async () => {
  const { body } = await client.call("GET", settingsPath);
  for (const { id } of body._embedded.phoneDeliverySettings) await client.call("DELETE", `${settingsPath}/${id}`);
});

const twilio = () => ({
  authToken: world.upstream.authToken,
  provider: "CUSTOM_TWILIO",
  sid: world.upstream.accountSid,
});

/** What the SDK demands of every answer that has a body. */
function decoded<Schema extends { parse(body: unknown): unknown }>(
  answer: PingOneAnswer,
  status: number,
  schema: Schema,
) {
  expect([answer.status, answer.text]).toEqual([status, expect.any(String)]);
  expect(answer.headers.get("content-type")).toMatch(/^application\/json(;charset=UTF-8)?$/);
  expect(answer.headers.get("correlation-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(answer.headers.get("cache-control")).toContain("no-store");
  schema.parse(answer.body);
  return answer.body;
}

describe("the Postman request of the documentation", () => {
  it("makes a sender of the account's messaging services, and the PUT after it selects one", async () => {
    const { accountSid, authToken, serviceSid } = world.upstream;
    const raw = `{
    "name":"Twilio Messaging Services sender",
    "sid":"${accountSid}",
    "authToken":"${authToken}",
    "provider":"CUSTOM_TWILIO_MESSAGING_SERVICE"
}`;
    const answer = await client.call("POST", settingsPath, raw);
    const made = decoded(answer, 201, model.messagingServiceSetting);
    expect(Object.keys(made)).toEqual([
      ...["_links", "id", "environment", "name", "createdAt", "updatedAt", "provider", "sid", "messagingServices"],
    ]);
    expect(made._links.self.href).toMatch(
      new RegExp(`/v1/environments/${client.environmentId}${settingsPath}/${made.id}$`),
    );
    expect(made).toMatchObject({ name: "Twilio Messaging Services sender", sid: accountSid });
    expect(made.createdAt).toBe(made.updatedAt);
    expect(made.messagingServices).toEqual([{ selected: false, name: "Pool", messagingServiceId: serviceSid }]);
    expect(answer.text).not.toContain(authToken);

    const { id, name, provider, sid } = made;
    const selection = { selected: true, name: "whatever", messagingServiceId: serviceSid };
    const body = { id, name, provider, sid, messagingServices: [selection] };
    const selected = decoded(
      await client.call("PUT", `${settingsPath}/${id}`, body),
      200,
      model.messagingServiceSetting,
    );
    expect(selected.messagingServices).toEqual([{ ...selection, name: "Pool" }]);
    expect(Date.parse(selected.updatedAt)).toBeGreaterThan(Date.parse(made.updatedAt));
    expect(selected.createdAt).toBe(made.createdAt);

    const kept = await client.call("PUT", `${settingsPath}/${id}`, { name: "Renamed", provider, sid });
    expect(decoded(kept, 200, model.messagingServiceSetting)).toMatchObject({
      ...{ name: "Renamed", messagingServices: [{ selected: true }] },
    });
  });
});

describe("the Terraform provider", () => {
  it("creates a Twilio sender: POST, then at once a PUT with every number; later PUTs without; import; destroy", async () => {
    const made = decoded(await client.call("POST", settingsPath, twilio()), 201, model.twilioSetting);
    const [first, second] = world.upstream.numbers;
    expect(made.numbers).toMatchObject([
      { number: first, type: "PHONE_NUMBER", selected: false, available: true },
      { number: second, selected: false, available: true },
    ]);
    // The whole list comes back, without an id.
    const numbers = made.numbers.map((one: { number: string }) => ({ ...one, selected: one.number === second }));
    const put = await client.call("PUT", `${settingsPath}/${made.id}`, { ...twilio(), numbers });
    const state = decoded(put, 200, model.twilioSetting);
    expect(state.numbers).toMatchObject([{ selected: false }, { number: second, selected: true }]);

    const update = { id: made.id, ...twilio() };
    const updated = decoded(await client.call("PUT", `${settingsPath}/${made.id}`, update), 200, model.twilioSetting);
    expect(updated.numbers).toEqual(state.numbers);
    const read = await client.call("GET", `${settingsPath}/${made.id}`);
    expect(decoded(read, 200, model.twilioSetting)).toEqual(updated);

    const gone = await client.call("DELETE", `${settingsPath}/${made.id}`);
    expect([gone.status, gone.text]).toEqual([204, ""]);
    for (const method of ["GET", "DELETE"]) {
      const answer = await client.call(method, `${settingsPath}/${made.id}`);
      expect(decoded(answer, 404, model.errorBody)).toMatchObject({ code: "NOT_FOUND" });
    }
  });

  it("learns of wrong credentials by the first detail, and finds the environment there when it probes for it", async () => {
    for (const [wrong, target] of [
      [{ sid: "unknownsid" }, "sid"],
      [{ sid: `MG${"0".repeat(32)}` }, "sid"],
      [{ sid: `AC${"0".repeat(32)}`, authToken: "f".repeat(32) }, "authToken"],
      [{ authToken: "unknownauthtoken" }, "authToken"],
    ] as const) {
      const refused = await client.call("POST", settingsPath, { ...twilio(), ...wrong });
      decoded(refused, 400, model.errorBody);
      expect(firstDetail(refused)).toMatchObject({ code: "INVALID_VALUE", target });
      expect(firstDetail(refused).message).not.toMatch(/\.$/);
    }
    decoded(await client.call("GET", ""), 200, model.environment);
    expect((await client.call("GET", settingsPath)).body.count).toBe(0);
  });

  it("replaces a setting that a chain has: the new one goes in, the old one goes", async () => {
    const old = (await client.call("POST", settingsPath, { ...twilio(), name: "one" })).body.id;
    const chain = (ids: string[]) => client.call("PUT", "/notificationsSettings", { smsProvidersFallbackChain: ids });
    decoded(await chain([old, "PINGONE_TWILIO"]), 200, model.notificationSettings);
    const successor = (await client.call("POST", settingsPath, { ...twilio(), name: "two" })).body.id;
    expect((await chain([successor, old, "PINGONE_TWILIO"])).status).toBe(200);
    expect((await client.call("DELETE", `${settingsPath}/${old}`)).status).toBe(204);
    const after = decoded(await client.call("GET", "/notificationsSettings"), 200, model.notificationSettings);
    expect(after.smsProvidersFallbackChain).toEqual([successor, "PINGONE_TWILIO"]);
    const reset = decoded(await client.call("DELETE", "/notificationsSettings"), 200, model.notificationSettings);
    expect(reset).toMatchObject({ smsProvidersFallbackChain: [], deliveryMode: "ALL" });
  });

  it("keeps a custom provider: made, changed without its secret, and never shown it", async () => {
    const to = "$" + "{to}";
    const message = "$" + "{message}";
    const request = {
      ...{ deliveryMethod: "SMS", method: "POST", url: "https://sms.example/send" },
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ to, text: message }),
    };
    const custom = {
      ...{ provider: "CUSTOM_PROVIDER", name: "Acme SMS", requests: [request] },
      authentication: { method: "BEARER", authToken: "bearer-secret" },
      numbers: [
        {
          number: "+441234567891",
          type: "SHORT_CODE",
          supportedCountries: ["GB"],
          capabilities: ["SMS"],
          selected: true,
        },
      ],
    };
    const answer = await client.call("POST", settingsPath, custom);
    const made = decoded(answer, 201, model.customSetting);
    expect(made.requests).toEqual([{ ...request, phoneNumberFormat: "FULL" }]);
    expect(made.authentication).toEqual({ method: "BEARER" });
    expect(made.numbers).toEqual([{ ...custom.numbers[0], available: false }]);
    expect(answer.text).not.toContain("bearer-secret");

    const { authToken: _secret, ...kept } = custom.authentication;
    const { numbers: _numbers, ...rest } = custom;
    const put = await client.call("PUT", `${settingsPath}/${made.id}`, { ...rest, name: "Acme", authentication: kept });
    expect(decoded(put, 200, model.customSetting)).toMatchObject({ name: "Acme", numbers: made.numbers });
    const other = { ...rest, authentication: { method: "BASIC", username: "u" } };
    const refused = await client.call("PUT", `${settingsPath}/${made.id}`, other);
    expect(refused.status).toBe(400);
    expect(firstDetail(refused)).toMatchObject({ code: "REQUIRED_VALUE", target: "authentication.password" });
  });
});

describe("the CLI", () => {
  it("applies by listing, then making or changing the one that matches", async () => {
    const apply = async (wish: Record<string, unknown>) => {
      const { body } = await client.call("GET", settingsPath);
      model.collection("phoneDeliverySettings", model.twilioSetting).parse(body);
      const matches = body._embedded.phoneDeliverySettings.filter((one: { sid: string }) => one.sid === wish["sid"]);
      const [match] = matches;
      return match === undefined
        ? client.call("POST", settingsPath, wish)
        : client.call("PUT", `${settingsPath}/${match.id}`, { ...match, ...wish });
    };
    const first = await apply({ ...twilio(), name: "sender" });
    expect(first.status).toBe(201);
    const second = await apply({ ...twilio(), name: "renamed" });
    expect([second.status, second.body.id, second.body.name]).toEqual([200, first.body.id, "renamed"]);
    expect((await client.call("GET", settingsPath)).body).toMatchObject({ count: 1, size: 1 });
  });
});

describe("tokens", () => {
  it("are JWTs for clients with Basic or the body, and last an hour", async () => {
    const { environmentId, clientId, clientSecret } = client;
    const granted = await fetchToken(world.gateway.url, client);
    expect([granted.status, granted.body.token_type, granted.body.expires_in]).toEqual([200, "Bearer", 3600]);
    expect(granted.headers.get("cache-control")).toContain("no-store");
    const claims = JSON.parse(Buffer.from(granted.body.access_token.split(".")[1], "base64url").toString());
    expect(claims).toMatchObject({
      ...{ client_id: clientId, env: environmentId, iss: `${world.gateway.url}/${environmentId}/as` },
      aud: [world.gateway.url],
    });
    const ask = (fields: Record<string, string>) =>
      fetch(`${world.gateway.url}/${environmentId}/as/token`, { method: "POST", body: new URLSearchParams(fields) });
    const grant = { grant_type: "client_credentials" };
    expect((await ask({ ...grant, client_id: clientId, client_secret: clientSecret })).status).toBe(200);
    const wrong = await ask({ ...grant, client_id: clientId, client_secret: "wrong" });
    expect([wrong.status, await wrong.json()]).toEqual([401, expect.objectContaining({ error: "invalid_client" })]);
    const other = await ask({ grant_type: "password", client_id: clientId, client_secret: clientSecret });
    expect([other.status, await other.json()]).toEqual([
      400,
      expect.objectContaining({ error: "unsupported_grant_type" }),
    ]);
  });

  it("are verified with the keys that discovery leads to", async () => {
    const discovery = `${world.gateway.url}/${client.environmentId}/as/.well-known/openid-configuration`;
    const { issuer, jwks_uri, token_endpoint } = (await (await fetch(discovery)).json()) as Record<string, string>;
    expect(token_endpoint).toBe(`${issuer}/token`);
    const { keys } = (await (await fetch(jwks_uri ?? "")).json()) as { keys: Record<string, string>[] };
    const { body } = await fetchToken(world.gateway.url, client);
    const header = JSON.parse(Buffer.from(body.access_token.split(".")[0], "base64url").toString());
    expect(header.alg).toBe("RS256");
    const key = keys.find(({ kid }) => kid === header.kid);
    expect(key).toMatchObject({ kty: "RSA" });
    expect(key).not.toHaveProperty("d");
  });

  it("of another environment's path are not granted", async () => {
    const stranger = await world.gateway.addAccount();
    const other = await pingOneClient(world.gateway, stranger);
    const answer = await fetchToken(world.gateway.url, { ...client, environmentId: other.environmentId });
    expect([answer.status, answer.body.error]).toEqual([401, "invalid_client"]);
  });
});
