import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAccessKey, type Call, callsWith, twilioMessenger } from "../../../test/support/fusionauth.ts";
import { startTestGateway, type TestGateway } from "../../../test/support/gateway.ts";
import { basic } from "../../../test/support/native-client.ts";
import { setAccountStatus } from "../../store/accounts.ts";

let gateway: TestGateway;
let key: string;
let call: Call;

beforeAll(async () => {
  gateway = await startTestGateway();
  key = await addAccessKey(gateway, gateway);
  call = callsWith(gateway.url, key);
});
afterAll(() => gateway.stop());

async function keyWith(apiKey: Record<string, unknown>): Promise<{ id: string; key: string }> {
  const { status, body } = await call("POST", "/api/api-key", { apiKey });
  expect([status, body]).toEqual([200, expect.anything()]);
  return body.apiKey;
}

const endpointsOf = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`/api/${at}`, ["GET"]]));

describe("a key", () => {
  it("is the whole header: everything else is an empty 401, before the body is looked at", async () => {
    const wrong = [null, "", "wrong", `Bearer ${key}`, `Basic ${key}`, basic(gateway.accountSid, gateway.authToken)];
    const apikey = basic("apikey", key);
    for (const one of [...wrong, apikey, `${key} `.repeat(2), "x".repeat(5000), "é"]) {
      for (const [method, path] of [
        ["GET", "/api/messenger"],
        ["POST", "/api/messenger"],
        ["PATCH", "/api/messenger/abc"],
        ["GET", "/api/system/event-log/1"],
        ["POST", "/api/api-key"],
      ] as const) {
        const body = method === "GET" ? undefined : "{";
        const headers = one === "é" ? { authorization: "\u00e9" } : {};
        const answer = await call(method, path, body, { key: one === "é" ? null : one, headers });
        expect([answer.status, answer.text], `${one} ${method} ${path}`).toEqual([401, ""]);
      }
    }
  });

  it("of a role does what the role may; who may only read sees no secrets", async () => {
    const { body } = await call("POST", "/api/messenger", { messenger: twilioMessenger() });
    const path = `/api/messenger/${body.messenger.id}`;
    const [operator, sender] = await Promise.all([
      addAccessKey(gateway, gateway, "operator"),
      addAccessKey(gateway, gateway, "sender"),
    ]);
    const statuses = async (one: string) => {
      const calls = [
        call("GET", path, undefined, { key: one }),
        call("PATCH", path, {}, { key: one }),
        call("GET", "/api/system/event-log/search", undefined, { key: one }),
        call("POST", "/api/api-key", {}, { key: one }),
      ];
      return (await Promise.all(calls)).map(({ status }) => status);
    };
    expect(await statuses(operator)).toEqual([200, 200, 200, 401]);
    expect(await statuses(sender)).toEqual([401, 401, 401, 401]);
    expect(await statuses(gateway.viewerKey)).toEqual([200, 401, 200, 401]);
    const seen = await call("GET", path, undefined, { key: gateway.viewerKey });
    expect(seen.body.messenger).toMatchObject({ name: body.messenger.name });
    expect(seen.text).not.toContain(body.messenger.authToken);
  });

  it("reaches its own account only, and nothing while that is suspended", async () => {
    const other = await gateway.addAccount();
    const ownerOfOther = await addAccessKey(gateway, other);
    const { body } = await call("POST", "/api/api-key", { apiKey: { name: "mine" } });
    const made = await callsWith(gateway.url, ownerOfOther)("POST", "/api/api-key", { apiKey: { name: "mine" } });
    expect(made.status).toBe(200);
    for (const method of ["GET", "DELETE"]) {
      const answer = await call(method, `/api/api-key/${body.apiKey.id}`, undefined, { key: ownerOfOther });
      expect([answer.status, answer.text]).toEqual([404, ""]);
    }
    await setAccountStatus(gateway.db, other.accountSid, "suspended");
    const answer = await call("GET", "/api/messenger", undefined, { key: made.body.apiKey.key });
    expect(answer.status).toBe(401);
    expect((await call("GET", `/api/api-key/${body.apiKey.id}`)).status).toBe(200);
  });

  it("cannot be guessed without end, and a right one is let in all the same", async () => {
    const own = await keyWith({ name: "right" });
    const sibling = await startTestGateway();
    try {
      const guess = callsWith(sibling.url, "");
      const statuses: number[] = [];
      for (let index = 0; index < 30; index++) {
        statuses.push((await guess("GET", "/api/messenger", undefined, { key: "same wrong key" })).status);
      }
      expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
    } finally {
      await sibling.stop();
    }
    expect((await call("GET", "/api/messenger", undefined, { key: own.key })).status).toBe(200);
  });
});

describe("an API key", () => {
  it("is allowed an endpoint with everything below it, by method", async () => {
    const limited = await keyWith({
      name: "limited",
      permissions: { endpoints: { "/api/messenger": ["GET", "POST"], "/api/system/event-log/search": ["POST"] } },
    });
    for (const [method, path, status] of [
      ["GET", "/api/messenger", 200],
      ["GET", "/api/messenger/f49c3b86-91fe-48f7-ae46-d166eead0fff", 404],
      ["POST", "/api/messenger", 400],
      ["PUT", "/api/messenger/f49c3b86-91fe-48f7-ae46-d166eead0fff", 401],
      ["DELETE", "/api/messenger", 401],
      ["POST", "/api/system/event-log/search", 200],
      ["GET", "/api/system/event-log/search", 401],
      ["GET", "/api/system/event-log/1", 401],
      ["GET", `/api/api-key/${limited.id}`, 401],
    ] as const) {
      const body = method === "POST" ? {} : undefined;
      const answer = await call(method, path, body, { key: limited.key });
      expect([method, path, answer.status]).toEqual([method, path, status]);
    }
  });

  it("may have a key of one's own, be shown once, be copied, and end", async () => {
    const own = await keyWith({ key: "my own key with spaces!", retrievable: false, name: "own" });
    expect(own.key).toBe("my own key with spaces!");
    expect((await call("GET", "/api/messenger", undefined, { key: own.key })).status).toBe(200);
    const shown = (await call("GET", `/api/api-key/${own.id}`)).body.apiKey;
    expect(shown).not.toHaveProperty("key");
    expect(shown).toMatchObject({ retrievable: false, keyManager: false, name: "own" });
    const endpoints = { "/api/messenger": ["GET"] };
    const source = await keyWith({ name: "source", permissions: { endpoints }, metaData: { attributes: { a: "b" } } });
    const copied = await call("POST", "/api/api-key", { sourceKeyId: source.id, apiKey: { name: "copy" } });
    expect(copied.body.apiKey).toMatchObject({
      name: "copy",
      permissions: { endpoints },
      metaData: { attributes: { a: "b" } },
    });
    expect(copied.body.apiKey.key).not.toBe(source.key);
    const ended = await keyWith({ name: "ended", expirationInstant: 1000 });
    expect((await call("GET", "/api/messenger", undefined, { key: ended.key })).status).toBe(401);
    const renewed = await call("PUT", `/api/api-key/${ended.id}`, { apiKey: { name: "ended" } });
    expect(renewed.body.apiKey).not.toHaveProperty("expirationInstant");
    expect((await call("GET", "/api/messenger", undefined, { key: ended.key })).status).toBe(200);
  });

  it("is patched in every flavour", async () => {
    const { id } = await keyWith({ name: "patched", permissions: { endpoints: { "/api/messenger": ["GET"] } } });
    const path = `/api/api-key/${id}`;
    const legacy = { apiKey: { permissions: { endpoints: { "/api/messenger": ["POST"] } } } };
    const appended = await call("PATCH", path, legacy);
    expect(appended.body.apiKey.permissions.endpoints).toEqual({ "/api/messenger": ["GET", "POST"] });
    const type = "application/merge-patch+json";
    const replaced = await call("PATCH", path, legacy, { type });
    expect(replaced.body.apiKey.permissions.endpoints).toEqual({ "/api/messenger": ["POST"] });
    const operations = [{ op: "replace", path: "/apiKey/name", value: "by pointer" }];
    const pointed = await call("PATCH", path, operations, { type: "application/json-patch+json" });
    expect(pointed.body.apiKey).toMatchObject({ name: "by pointer", id });
  });

  it("that is wrong is refused with every reason, and nothing is made", async () => {
    const taken = await keyWith({ key: "a key that is taken", name: "taken" });
    for (const [apiKey, codes] of [
      [{ retrievable: false }, ["[blank]apiKey.name"]],
      [{ name: "taken" }, ["[duplicate]apiKey.name"]],
      [{ key: taken.key }, ["[duplicate]apiKey.key"]],
      [{ key }, ["[duplicate]apiKey.key"]],
      [{ key: "Bearer x" }, ["[invalid]apiKey.key"]],
      [{ key: " x", tenantId: taken.id }, ["[invalid]apiKey.key", "[invalid]apiKey.tenantId"]],
      [{ permissions: { endpoints: { "/api/x": ["FLY"] } } }, ["[invalid]apiKey.permissions.endpoints"]],
      [{ permissions: { endpoints: { "/api/x": "GET" } } }, ["[invalidJSON]"]],
      [{ permissions: [], name: {}, expirationInstant: "soon" }, ["[invalidJSON]", "[invalidJSON]", "[invalidJSON]"]],
      [{ metaData: { a: "x".repeat(70_000) } }, ["[invalid]apiKey.metaData"]],
      [{ permissions: { endpoints: { [`/${"x".repeat(100)}`]: [] } } }, ["[invalid]apiKey.permissions.endpoints"]],
      [{ permissions: { endpoints: endpointsOf(51) } }, ["[invalid]apiKey.permissions.endpoints"]],
    ] as const) {
      const { status, body } = await call("POST", "/api/api-key", { apiKey });
      const found = Object.values((body.fieldErrors ?? {}) as Record<string, { code: string }[]>).flat();
      expect([status, found.map(({ code }) => code).sort()], JSON.stringify(apiKey).slice(0, 80)).toEqual([
        400,
        [...codes],
      ]);
    }
    const again = await call("POST", `/api/api-key/${taken.id}`, { apiKey: {} });
    expect(again.body.fieldErrors["apiKey.id"][0].code).toBe("[duplicate]apiKey.id");
    const renamed = await keyWith({ name: "renamed" });
    const clash = await call("PATCH", `/api/api-key/${renamed.id}`, { apiKey: { name: "taken" } });
    expect(clash.body.fieldErrors["apiKey.name"][0].code).toBe("[duplicate]apiKey.name");
    const volley = await Promise.all(
      Array.from({ length: 8 }, () => call("POST", "/api/api-key", { apiKey: { name: "volley" } })),
    );
    expect(volley.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 400)]);
  });

  it("is one of at most 200 of the account: a further one is refused with what to do", async () => {
    const account = await gateway.addAccount();
    await gateway.db.query(
      `insert into endpoint_keys (account_id, id, key_hash, name, kept)
       select $1::uuid, gen_random_uuid(), gen_random_uuid()::text::bytea, 'x ' || n, '{}' from generate_series(1, 199) n`,
      [account.accountSid.slice(2)],
    );
    const make = callsWith(gateway.url, await addAccessKey(gateway, account));
    const endpoints = endpointsOf(50);
    const last = await make("POST", "/api/api-key", { apiKey: { name: "last", permissions: { endpoints } } });
    expect(last.status).toBe(200);
    const refused = await make("POST", "/api/api-key", { apiKey: { name: "one more" } });
    expect([refused.status, refused.body]).toEqual([
      400,
      { generalErrors: [{ code: "[invalid]", message: expect.stringContaining("at most 200") }] },
    ]);
    expect((await make("DELETE", `/api/api-key/${last.body.apiKey.id}`)).status).toBe(200);
    expect((await make("POST", "/api/api-key", { apiKey: { name: "one more" } })).status).toBe(200);
  });

  it("stays out of the database's clear text and of the audit log", async () => {
    const own = await keyWith({ name: "secret" });
    const [{ leaks = -1, audits = 0 } = {}] = await gateway.db.query<{ leaks: number; audits: number }>(
      `select (select count(*) from endpoint_keys k where strpos(k::text, $1) > 0)::integer
         + (select count(*) from audit a where strpos(a::text, $1) > 0)::integer as leaks,
         (select count(*) from audit where subject = $2)::integer as audits`,
      [own.key, own.id],
    );
    expect([leaks, audits]).toEqual([0, 1]);
  });
});

describe("a tenant", () => {
  const tenantId = async (account: { accountSid: string }) => {
    const [{ id = "" } = {}] = await gateway.db.query<{ id: string }>(
      "select tenant_id as id from accounts where replace(id::text, '-', '') = $1",
      [account.accountSid.slice(2)],
    );
    return id;
  };

  it("is ignored where the operator has not asked for strictness", async () => {
    const scoped = await keyWith({ name: "scoped", tenantId: await tenantId(gateway) });
    const headers = { "x-fusionauth-tenantid": await tenantId(gateway) };
    expect((await call("GET", "/api/messenger", undefined, { key: scoped.key })).status).toBe(200);
    expect((await call("GET", "/api/messenger", undefined, { headers })).status).toBe(200);
  });

  it("is a 401 at the global endpoints where they have", async () => {
    const strict = await startTestGateway({ environment: { TRUNKLINE_FUSIONAUTH_TENANTS: "strict" } });
    try {
      const own = callsWith(strict.url, await addAccessKey(strict, strict));
      const headers = { "x-fusionauth-tenantid": "30663132-6464-6665-3032-326466613934" };
      const answer = await own("GET", "/api/messenger", undefined, { headers });
      expect([answer.status, answer.text]).toEqual([401, ""]);
      expect((await own("GET", "/api/messenger")).status).toBe(200);
      expect((await own("GET", "/api/system/event-log/search", undefined, { headers })).status).toBe(200);
    } finally {
      await strict.stop();
    }
  });
});
