// Providers through the native API against a gateway whose upstream is another gateway.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";
import { newAuthToken } from "../../../core/credentials/secrets.ts";
import { newUuid, uuidOf } from "../../../core/ids.ts";

let gateway: TestGateway;
let upstream: TestGateway;
let other: TestAccount;
let owner: string;
beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startTestGateway(), startTestGateway()]);
  other = await gateway.addAccount();
  owner = basic(gateway.accountSid, gateway.authToken);
}, 60_000);
afterAll(async () => {
  await Promise.all([gateway?.stop(), upstream?.stop()]);
});

const call = (method: string, path: string, body?: unknown, authorization: string | null = owner) =>
  callNative(gateway.url, authorization, [method, path, body]);

const twilio = (settings: object = {}) => ({
  name: "upstream",
  kind: "twilio",
  baseUrl: upstream.url,
  accountSid: upstream.accountSid,
  authToken: upstream.authToken,
  ...settings,
});

async function make(settings: object = {}) {
  const made = await call("POST", "/providers", twilio(settings));
  expect(made.status).toBe(201);
  return made.body;
}

const chainPath = () => `/accounts/${gateway.accountSid}/fallback-chain`;

describe("a provider that is saved", () => {
  it("is checked against its upstream, whose numbers and services it then knows", async () => {
    const made = await make();
    expect(made.health).toMatchObject({
      state: "ok",
      reason: null,
      checkedBy: "save",
      upstream: { friendlyName: "Test" },
    });
    expect(made.number).toMatch(/^[0-9]{18}$/);
    const { body } = await call("GET", `/providers/${made.number}/upstream-senders`);
    expect(body.senders.map((sender: { address: string }) => sender.address)).toEqual(
      expect.arrayContaining([...upstream.numbers, upstream.serviceSid]),
    );
  });

  it("with wrong credentials is flagged with the upstream's reason, or refused where that is asked for", async () => {
    const wrong = { authToken: newAuthToken() };
    const made = await make(wrong);
    expect(made.health).toMatchObject({ state: "rejected", code: 20003, reason: expect.stringMatching(/./) });
    expect(JSON.stringify(made)).not.toContain(wrong.authToken);
    const before = (await call("GET", "/providers")).body.providers.length;
    const refused = await call("POST", "/providers", twilio({ ...wrong, check: "require" }));
    expect(refused).toMatchObject({ status: 400, body: { error: { code: "upstream-rejected" } } });
    expect(JSON.stringify(refused.body)).not.toContain(wrong.authToken);
    expect((await call("GET", "/providers")).body.providers).toHaveLength(before);
  });

  it.each([
    ["refuses connections", "http://127.0.0.1:1", "unreachable"],
    ["is at a private address", "http://10.255.255.1", "misconfigured"],
    ["does not exist", "http://no-such-host.invalid", "unreachable"],
    ["is no such server", "", "misconfigured"],
  ])("says so when its upstream %s", async (_what, baseUrl, state) => {
    const made = await make({ baseUrl: baseUrl || `${upstream.url}/docs` });
    expect(made.health).toMatchObject({ state, reason: expect.stringMatching(/./) });
  });

  it("recovers by the next check once its credentials are right", async () => {
    const made = await make({ authToken: newAuthToken() });
    const path = `/providers/${made.id}`;
    const fixed = await call("PATCH", path, { authToken: upstream.authToken });
    expect(fixed).toMatchObject({ status: 200, body: { health: { state: "ok" } } });
    expect((await call("POST", `${path}/check`)).body).toMatchObject({ state: "ok", checkedBy: "request" });
  });

  it("keeps what a change leaves out, and loses what it sets to null", async () => {
    const made = await make({ fromNumber: "+1 (202) 555-0188", onUnknown: "resend" });
    expect(made.config).toMatchObject({ fromNumber: "+12025550188", onUnknown: "resend" });
    const { body } = await call("PATCH", `/providers/${made.id}`, { name: "renamed", onUnknown: null });
    expect(body).toMatchObject({ name: "renamed", secrets: ["authToken"], config: { fromNumber: "+12025550188" } });
    expect(body.config).not.toHaveProperty("onUnknown");
    const { body: senders } = await call("GET", `/accounts/${gateway.accountSid}/senders`);
    expect(senders.senders).toContainEqual(expect.objectContaining({ address: "+12025550188", providerId: made.id }));
  });
});

describe("bad input", () => {
  it.each([
    ["no secret", { authToken: undefined }, "authToken"],
    ["an API key without its secret", { apiKeySid: "SK1" }, "apiKeySecret"],
    ["a URL that is none", { baseUrl: "ftp://example.com" }, "baseUrl"],
    ["an unknown setting", { colour: "blue" }, ""],
    ["a sender that is none", { fromNumber: "+" }, "fromNumber"],
    ["half a surrogate pair", { name: "\ud800" }, "name"],
  ])("%s is refused by name and changes nothing", async (_what, settings, field) => {
    const before = (await call("GET", "/providers")).body.providers.length;
    const refused = await call("POST", "/providers", twilio(settings));
    expect(refused).toMatchObject({ status: 400, body: { error: { details: [{ field }] } } });
    expect((await call("GET", "/providers")).body.providers).toHaveLength(before);
  });

  it("a setting of another kind of provider is refused when a provider is changed", async () => {
    const made = await make();
    const refused = await call("PATCH", `/providers/${made.id}`, { endpoint: "https://example.com" });
    expect(refused).toMatchObject({ status: 400, body: { error: { details: [{ field: "endpoint" }] } } });
    expect((await call("GET", "/providers/not-an-id")).status).toBe(404);
    expect((await call("DELETE", `/providers/${newUuid()}`)).status).toBe(404);
  });
});

describe("a provider that is deleted", () => {
  it("leaves the chain; senders that another provider has go to that one, the others with it", async () => {
    const first = await make({ fromNumber: "+12025550171", chain: "head" });
    const second = await make({ fromNumber: "+12025550171" });
    await call("PATCH", `/providers/${first.id}`, { fromNumber: "+12025550172" });
    const sendersOf = async () => (await call("GET", `/accounts/${gateway.accountSid}/senders`)).body.senders;
    expect(await sendersOf()).toContainEqual(
      expect.objectContaining({ address: "+12025550171", providerId: first.id }),
    );
    expect((await call("DELETE", `/providers/${first.id}`)).status).toBe(204);
    expect(await sendersOf()).toContainEqual(
      expect.objectContaining({ address: "+12025550171", providerId: second.id }),
    );
    expect(JSON.stringify(await sendersOf())).not.toContain("+12025550172");
    expect((await call("GET", "/providers")).body.providers[0].builtIn).toBe(true);
    expect((await call("DELETE", `/providers/${first.id}`)).status).toBe(404);
  });

  it("is never the built-in sandbox", async () => {
    const { body } = await call("GET", "/providers");
    const builtIn = body.providers.find((provider: { builtIn: boolean }) => provider.builtIn);
    expect(await call("DELETE", `/providers/${builtIn.id}`)).toMatchObject({ status: 409 });
  });
});

describe("providers of another account", () => {
  it("cannot be seen, changed, checked, deleted or put into a chain", async () => {
    const made = await make();
    const stranger = basic(other.accountSid, other.authToken);
    for (const [method, path, body] of [
      ["GET", `/providers/${made.id}`],
      ["GET", `/providers/${made.number}`],
      ["GET", `/providers/${made.id}/upstream-senders`],
      ["PATCH", `/providers/${made.id}`, { name: "mine" }],
      ["POST", `/providers/${made.id}/check`, {}],
      ["DELETE", `/providers/${made.id}`],
    ] as const) {
      expect((await call(method, path, body, stranger)).status, `${method} ${path}`).toBe(404);
    }
    const chain = `/accounts/${other.accountSid}/fallback-chain`;
    expect((await call("PUT", chain, { providers: [made.id] }, stranger)).status).toBe(400);
    expect((await call("GET", `/providers/${made.id}`)).body.name).toBe("upstream");
  });
});

describe("many changes at once", () => {
  it("leave one chain with each provider once, and sequences that rise with every change", async () => {
    const made = await Promise.all(
      Array.from({ length: 20 }, () => call("POST", "/providers", { name: "s", kind: "sandbox", chain: "head" })),
    );
    expect(made.map(({ status }) => status)).toEqual(made.map(() => 201));
    const { body } = await call("GET", "/providers");
    const inChain = body.providers.filter((one: { chainPosition: number | null }) => one.chainPosition !== null);
    expect(inChain.map((one: { chainPosition: number }) => one.chainPosition)).toEqual(
      inChain.map((_: unknown, at: number) => at),
    );
    const idsInChain = inChain.map((one: { id: string }) => one.id);
    expect(new Set(idsInChain).size).toBe(idsInChain.length);
    expect(idsInChain).toEqual(expect.arrayContaining(made.map((answer) => answer.body.id)));
    const rows = await gateway.db.query<{ sequences: number; numbers: number; count: number }>(
      `select count(distinct sequence)::int as sequences, count(distinct number)::int as numbers, count(*)::int as count
       from providers where account_id = $1`,
      [uuidOf(gateway.accountSid)],
    );
    const { sequences = 0, numbers, count = 0 } = rows[0] ?? {};
    // The head and the one that it took the place of have changed last, and by the same change.
    expect({ sequences, numbers }).toEqual({ sequences: count - 1, numbers: count });
    const ids = made.map((answer) => answer.body.number);
    expect((await call("PUT", chainPath(), { providers: ids })).body.providers).toEqual(
      made.map(({ body }) => body.id),
    );
  });
});
