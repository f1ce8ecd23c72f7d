// The ten calls as curl makes them.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";
import { type RestCall, zitadelCalls } from "../../../../test/support/zitadel.ts";

let gateway: TestGateway;
let owner: string;
let viewer: string;

const { rest, tokenOf } = zitadelCalls(() => gateway.url);
const call = (method: string, path: string, body?: unknown, options: RestCall = {}) =>
  rest(method, path, { token: owner, body, ...options });

beforeAll(async () => {
  gateway = await startTestGateway();
  [owner, viewer] = await Promise.all([tokenOf(gateway, "operator"), tokenOf(gateway, "viewer")]);
});
afterAll(() => gateway.stop());

const twilio = { sid: "AC0123456789abcdef0123456789abcdef", token: "s3cret", senderNumber: "+15005550006" };
const http = { endpoint: "https://gw.example.org/zitadel" };

async function add(fields: object = {}): Promise<string> {
  const made = await call("POST", "/sms/twilio", { ...twilio, ...fields });
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  return made.body.id as string;
}

const get = async (id: string) => (await call("GET", `/sms/${id}`)).body.config;
const list = async (query: object = {}) => (await call("POST", "/sms/_search", { query })).body;
const active = async (): Promise<string[]> =>
  (await list()).result
    .filter(({ state }: { state: string }) => state === "SMS_PROVIDER_CONFIG_ACTIVE")
    .map(({ id }: { id: string }) => id);

const resourceOwner = expect.stringMatching(/^\d{18}$/);
const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}(\d{3}){0,2})?Z$/);
const details = { sequence: expect.stringMatching(/^\d+$/), creationDate: date, changeDate: date, resourceOwner };

const refused = (status: number, code: number, message: string, id?: string) => ({
  status,
  body: {
    code,
    message: id === undefined ? message : `${message} (${id})`,
    ...(id === undefined ? {} : { details: [{ "@type": "type.googleapis.com/zitadel.v1.ErrorDetail", id, message }] }),
  },
});
const picked = ({ status, body }: { status: number; body: unknown }) => ({ status, body });

describe("a Twilio provider", () => {
  it("is added as the documentation's own curl line says, inactive, without its token ever coming back", async () => {
    const sid = "AB123b9e61d238abae7d3be7b65ecbc987";
    const body = JSON.stringify({ sid, token: "string", senderNumber: sid });
    const headers = { "content-type": "application/json", accept: "application/json" };
    const made = await call("POST", "/sms/twilio", body, { headers });
    expect(made).toMatchObject({ status: 200, body: { details, id: expect.stringMatching(/^[1-9]\d{17}$/) } });
    expect(made.headers.get("content-type")).toBe("application/json");
    expect(made.headers.get("cache-control")).toBe("no-store");
    const shown = await call("GET", `/sms/${made.body.id}`);
    expect(shown.body).toEqual({
      config: {
        details,
        id: made.body.id,
        state: "SMS_PROVIDER_CONFIG_INACTIVE",
        twilio: { sid, senderNumber: sid },
      },
    });
    expect(made.body.details.creationDate).toBe(made.body.details.changeDate);
  });

  it.each([
    ["+15005550006"],
    ["+1 (500) 555-0006"],
    ["Trunkline"],
    ["MG0123456789abcdef0123456789abcdef"],
    ["whatsapp:+15005550006"],
    [" "],
    ["𝄞".repeat(200)],
  ])("comes back with the sender as it was given: %s", async (senderNumber) => {
    const id = await add({ senderNumber });
    expect((await get(id)).twilio.senderNumber).toBe(senderNumber);
  });

  it("is replaced as a whole by an update; its token, its state and what ZITADEL does not know stay", async () => {
    const id = await add({ description: "first", verifyServiceSid: "VA1" });
    const native = await callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), [
      "PATCH",
      `/providers/${id}`,
      { onUnknown: "resend", baseUrl: "https://sms.example.com" },
    ]);
    expect(native.status).toBe(200);
    const before = await get(id);
    const updated = await call("PUT", `/sms/twilio/${id}`, { sid: "AC2", senderNumber: "Other" });
    expect(updated).toMatchObject({ status: 200, body: { details } });
    expect(Number(updated.body.details.sequence)).toBeGreaterThan(Number(before.details.sequence));
    const after = await get(id);
    expect(after.twilio).toEqual({ sid: "AC2", senderNumber: "Other" });
    expect(after).not.toHaveProperty("description");
    expect(after.details.creationDate).toBe(before.details.creationDate);
    const { body } = await callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), [
      "GET",
      `/providers/${id}`,
    ]);
    expect(body).toMatchObject({
      kind: "twilio",
      secrets: ["authToken"],
      config: { accountSid: "AC2", fromNumber: "Other", onUnknown: "resend", baseUrl: "https://sms.example.com" },
    });
    expect(body.config).not.toHaveProperty("verifyServiceSid");
  });

  it("that nothing changes about repeats the last change of all, and is no change itself", async () => {
    const id = await add({ description: "same" });
    const later = await call("POST", "/sms/http", http);
    const { token: _, ...same } = twilio;
    const again = await call("PUT", `/sms/twilio/${id}`, { ...same, description: "same" });
    expect(again.body.details.sequence).toBe(later.body.details.sequence);
    const after = await call("POST", "/sms/http", http);
    expect(Number((await get(id)).details.sequence)).toBeLessThan(Number(after.body.details.sequence));
    expect((await get(id)).details.sequence).not.toBe(again.body.details.sequence);
  });

  it("gets a new token, which is always a change", async () => {
    const id = await add();
    const before = await get(id);
    const updated = await call("PUT", `/sms/twilio/${id}/token`, { token: twilio.token });
    expect(updated).toMatchObject({ status: 200, body: { details } });
    expect(Number(updated.body.details.sequence)).toBeGreaterThan(Number(before.details.sequence));
    expect((await get(id)).state).toBe("SMS_PROVIDER_CONFIG_INACTIVE");
  });
});

describe("an HTTP provider", () => {
  it("gets a signing key, which is shown, stays, and is replaced when that is asked for", async () => {
    const made = await call("POST", "/sms/http", { ...http, description: "gw" });
    expect(made).toMatchObject({
      status: 200,
      body: { details, signingKey: expect.stringMatching(/^[A-Za-z0-9]{36}$/) },
    });
    const { id, signingKey } = made.body;
    expect(await get(id)).toMatchObject({ http: { ...http, signingKey }, description: "gw" });
    const moved = await call("PUT", `/sms/http/${id}`, { endpoint: "https://other.example.org" });
    expect(moved.body).toEqual({ details });
    expect(await get(id)).toMatchObject({ http: { endpoint: "https://other.example.org", signingKey } });
    const rotated = await call("PUT", `/sms/http/${id}`, {
      endpoint: "https://other.example.org",
      expirationSigningKey: "0s",
    });
    expect(rotated.body.signingKey).toMatch(/^[A-Za-z0-9]{36}$/);
    expect(rotated.body.signingKey).not.toBe(signingKey);
    expect((await get(id)).http.signingKey).toBe(rotated.body.signingKey);
    const found = (await list()).result.find((one: { id: string }) => one.id === id);
    expect(found.http.signingKey).toBe(rotated.body.signingKey);
    // Whoever has the key can have messages sent, which a viewer cannot.
    const seen = await rest("GET", `/sms/${id}`, { token: viewer });
    expect(seen.body.config.http).toEqual({ endpoint: "https://other.example.org" });
    expect(JSON.stringify((await rest("POST", "/sms/_search", { token: viewer })).body)).not.toContain("signingKey");
    const plain = await call("PUT", `/sms/http/${id}`, { endpoint: "https://other.example.org" });
    expect(plain.body.details.sequence).toBe(rotated.body.details.sequence);
  });

  it("takes any text as its endpoint, as ZITADEL does", async () => {
    for (const endpoint of ["x", "not a URL", "𝄞".repeat(2048)]) {
      const made = await call("POST", "/sms/http", { endpoint });
      expect((await get(made.body.id)).http.endpoint).toBe(endpoint);
    }
  });
});

describe("activation", () => {
  it("is one step for both providers: one is active, the other not, by the same change", async () => {
    const [first, second] = [await add(), (await call("POST", "/sms/http", http)).body.id as string];
    await call("POST", `/sms/${first}/_activate`);
    expect(await active()).toEqual([first]);
    const done = await call("POST", `/sms/${second}/_activate`, {});
    expect(done).toMatchObject({ status: 200, body: { details } });
    expect(await active()).toEqual([second]);
    const [one, other] = [await get(first), await get(second)];
    expect(one.details.sequence).toBe(other.details.sequence);
    expect(one.details.changeDate).toBe(other.details.changeDate);
    expect(done.body.details.sequence).toBe(other.details.sequence);
    const again = await call("POST", `/sms/${second}/_activate`);
    expect(picked(again)).toEqual(refused(400, 9, "SMS configuration already active", "COMMAND-B25GFeIvRi"));
  });

  it("ends with a deactivation, after which nothing is active", async () => {
    const [first, second] = [await add(), await add()];
    for (const id of [first, second]) await call("POST", `/sms/${id}/_activate`);
    const done = await call("POST", `/sms/${second}/_deactivate`);
    expect(done).toMatchObject({ status: 200, body: { details } });
    expect((await get(second)).details.sequence).toBe(done.body.details.sequence);
    expect(await active()).toEqual([]);
    const again = await call("POST", `/sms/${second}/_deactivate`);
    expect(picked(again)).toEqual(refused(400, 9, "SMS configuration already deactivated", "COMMAND-OSZAEkYvk7"));
  });

  it("is the head of the fallback chain, which other APIs change as well", async () => {
    const [first, second] = [await add(), await add()];
    const chain = `/accounts/${gateway.accountSid}/fallback-chain`;
    const authorization = basic(gateway.accountSid, gateway.authToken);
    await callNative(gateway.url, authorization, ["PUT", chain, { providers: [second, first] }]);
    expect(await active()).toEqual([second]);
    await call("POST", `/sms/${first}/_activate`);
    const { body } = await callNative(gateway.url, authorization, ["GET", "/providers"]);
    expect(body.providers.slice(0, 2).map(({ number }: { number: string }) => number)).toEqual([first, second]);
    // The account's sandbox is no fallback of what ZITADEL has activated.
    expect(body.providers.find(({ builtIn }: { builtIn: boolean }) => builtIn).chainPosition).toBeNull();
  });
});

describe("removal", () => {
  it("takes an active provider away, and nothing takes its place", async () => {
    const [first, second] = [await add(), await add()];
    for (const id of [first, second]) await call("POST", `/sms/${id}/_activate`);
    const { details: before } = await get(second);
    const done = await call("DELETE", `/sms/${second}`);
    expect(done).toMatchObject({ status: 200, body: { details } });
    expect(Number(done.body.details.sequence)).toBeGreaterThan(Number(before.sequence));
    expect(done.body.details.creationDate).toBe(before.creationDate);
    expect(await active()).toEqual([]);
    expect(JSON.stringify(await list())).not.toContain(second);
    expect((await list()).details.processedSequence).toBe(done.body.details.sequence);
    expect((await call("DELETE", `/sms/${second}`)).status).toBe(404);
  });
});

describe("the list", () => {
  it("is by creation, either way, paged, with the number of all", async () => {
    const account = await gateway.addAccount();
    const token = await tokenOf(account, "owner");
    const search = async (query?: unknown) => (await rest("POST", "/sms/_search", { token, body: { query } })).body;
    expect(await search()).toEqual({ details: {} });
    const ids: string[] = [];
    for (let index = 0; index < 4; index++) {
      ids.push(
        (await rest("POST", "/sms/http", { token, body: { endpoint: `https://${index}.example.org` } })).body.id,
      );
    }
    const idsOf = ({ result = [] }: { result?: { id: string }[] }) => result.map(({ id }) => id);
    expect(idsOf(await search())).toEqual(ids.toReversed());
    expect(idsOf(await search({ asc: true, limit: 2, offset: "1" }))).toEqual(ids.slice(1, 3));
    const past = await search({ offset: 18446744073709551615n.toString() });
    expect(past.details).toMatchObject({ totalResult: "4", viewTimestamp: date });
    expect(past).not.toHaveProperty("result");
    expect(idsOf(await search({ limit: 1000 }))).toHaveLength(4);
    const over = await rest("POST", "/sms/_search", { token, body: { query: { limit: 1001 } } });
    expect(picked(over)).toEqual(refused(400, 3, "Limit exceeded", "QUERY-4M0fs"));
  });
});
