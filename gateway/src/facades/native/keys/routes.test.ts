import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";
import { oauthCalls } from "../../../../test/support/oauth-calls.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());

interface Listed {
  readonly kind: string;
  readonly id: string;
  readonly name: string | null;
  readonly expired: boolean;
  readonly lastUsedAt: string | null;
  readonly bootstrapped: boolean;
}

const callAs = async (account: TestAccount, method: string, path: string, body?: unknown) => {
  const own = `/accounts/${account.accountSid}${path}`;
  return (await callNative(gateway.url, basic(account.accountSid, account.authToken), [method, own, body])).body;
};
const keysOf = async (account: TestAccount, query = ""): Promise<readonly Listed[]> =>
  (await callAs(account, "GET", `/keys${query}`)).keys;

/** One of each kind, oldest first, beside the two that the account was made with. */
async function makeEveryKind(account: TestAccount) {
  const make = (path: string, body: unknown) => callAs(account, "POST", path, body);
  const access = await make("/access-keys", { name: "terraform 100%", role: "owner" });
  const api = await make("/api-keys", { friendlyName: "shop" });
  const allow = ["/twilio/messaging/messages/create"];
  await make("/api-keys", { friendlyName: "narrow", type: "restricted", policy: { allow } });
  const endpoint = await make("/endpoint-keys", { name: "login", endpoints: { "/api/messenger": ["GET", "PUT"] } });
  const client = await make("/oauth-clients", { name: "worker", role: "sender" });
  const robot = await make("/service-accounts", { name: "robot", role: "operator" });
  const file = await make(`/service-accounts/${robot.id}/keys`, {});
  const token = await make(`/service-accounts/${robot.id}/personal-access-tokens`, { name: "script" });
  const idle = await make("/service-accounts", { name: "keyless" });
  return { access, api, endpoint, client, robot, file, token, idle };
}

describe("the list of all keys", () => {
  it("has every kind, newest first, with what each may do, and no secret", async () => {
    const account = await gateway.addAccount();
    const made = await makeEveryKind(account);
    const listed = await keysOf(account);
    expect(listed.every(({ bootstrapped }) => bootstrapped === false)).toBe(true);
    expect(listed.slice(0, -2)).toMatchObject([
      { kind: "service-account", id: made.idle.id, name: "keyless" },
      { kind: "personal-access-token", id: made.token.id, name: "script", owner: { name: "robot" }, role: "operator" },
      { kind: "service-account-key", id: made.file.keyId, owner: { id: made.robot.id, name: "robot" } },
      { kind: "oauth-client", id: made.client.id, publicId: made.client.clientId, role: "sender" },
      { kind: "endpoint-key", id: made.endpoint.id, permissions: ["GET, PUT /api/messenger"], role: null },
      { kind: "api-key", name: "narrow", role: null, permissions: ["/twilio/messaging/messages/create"] },
      { kind: "api-key", id: made.api.sid, publicId: made.api.sid, role: "operator", permissions: null },
      { kind: "access-key", id: made.access.id, hint: made.access.key.slice(-4), role: "owner" },
    ]);
    const text = JSON.stringify(listed);
    const secrets = [made.access.key, made.api.secret, made.endpoint.key, made.client.clientSecret, made.token.token];
    for (const secret of secrets) expect(text).not.toContain(secret);
  });

  it("is narrowed down by kind, text and state, and comes in pages that leave nothing out", async () => {
    const account = await gateway.addAccount();
    const made = await makeEveryKind(account);
    const named = async (query: string) => (await keysOf(account, query)).map(({ name }) => name);
    expect(await named("?kind=oauth-client")).toEqual(["worker"]);
    expect(await named("?text=100%25")).toEqual(["terraform 100%"]);
    expect(await named("?text=ROBOT")).toEqual(["script", null]);
    expect(await named(`?text=${made.api.sid}`)).toEqual(["shop"]);
    expect(await named(`?text=${made.client.clientId}`)).toEqual(["worker"]);
    expect(await named(`?text=${made.access.id.slice(0, 23)}`)).toEqual(["terraform 100%"]);
    // Of those with a hint, this may be a part by chance.
    for (const text of ["sk", "SK", "-", "sk-", "_"]) expect(await named(`?text=${text}`), text).not.toContain("shop");
    expect(await named("?state=idle")).toEqual([]);
    const id = account.accountSid.slice(2);
    const ago = "update access_keys set created_at = now() - interval '91 days' where account_id = $1::uuid";
    await gateway.db.query(ago, [id]);
    expect(await named("?state=idle")).toEqual(expect.arrayContaining(["terraform 100%", "viewer"]));
    await gateway.db.query("update access_keys set expires_at = now() - interval '1 day' where id = $1", [
      made.access.id,
    ]);
    expect(await keysOf(account, "?state=expired")).toMatchObject([{ name: "terraform 100%", expired: true }]);
    expect(await named("?state=idle")).toEqual(["viewer"]);
    const seen: string[] = [];
    for (let after = ""; after !== "end"; ) {
      const page = await callAs(account, "GET", `/keys?limit=3${after}`);
      seen.push(...page.keys.map((key: Listed) => key.id));
      after = page.next === null ? "end" : `&after=${page.next}`;
    }
    expect(seen).toEqual((await keysOf(account)).map((key) => key.id));
    expect(new Set(seen).size).toBe(10);
  });

  it("has nothing of another account, and is for owners alone", async () => {
    const [mine, theirs] = [await gateway.addAccount(), await gateway.addAccount()];
    await makeEveryKind(mine);
    expect(await keysOf(theirs)).toHaveLength(2);
    const path = `/accounts/${mine.accountSid}/keys`;
    const call = async (authorization: string, query = "") =>
      (await callNative(gateway.url, authorization, ["GET", path + query])).status;
    expect(await call(basic(theirs.accountSid, theirs.authToken))).toBe(404);
    expect(await call(`Bearer ${mine.viewerKey}`)).toBe(403);
    expect(await call(basic(mine.apiKey.sid, mine.apiKey.secret))).toBe(403);
    for (const query of ["?after=x", "?after=1.2", "?kind=all", "?state=x", "?limit=0", "?text="]) {
      expect(await call(basic(mine.accountSid, mine.authToken), query)).toBe(400);
    }
  });
});

describe("when a key was last used", () => {
  it("is known of every kind once the process has stored it, at its stop at the latest", async () => {
    const account = await gateway.addAccount();
    const made = await makeEveryKind(account);
    const sibling = await gateway.startSibling();
    try {
      const ask = async (path: string, authorization: string) => {
        expect((await fetch(`${sibling.url}${path}`, { headers: { authorization } })).status).toBe(200);
      };
      const messages = `/2010-04-01/Accounts/${account.accountSid}/Messages.json`;
      await ask(messages, `Bearer ${made.access.key}`);
      await ask(messages, basic(made.api.sid, made.api.secret));
      await ask("/api/messenger", made.endpoint.key);
      await ask(messages, `Bearer ${made.token.token}`);
      const form = { grant_type: "client_credentials", client_id: made.client.clientId };
      const body = new URLSearchParams({ ...form, client_secret: made.client.clientSecret });
      expect((await fetch(`${sibling.url}/v2/token`, { method: "POST", body })).status).toBe(200);
      const tokens = await oauthCalls(() => sibling.url).assertionTokens(made.file.keyFile);
      expect(tokens.access_token).toBeDefined();
    } finally {
      await sibling.stop();
    }
    const used = (await keysOf(account)).filter(({ lastUsedAt }) => lastUsedAt !== null);
    const kinds = [
      "personal-access-token",
      "service-account-key",
      "oauth-client",
      "endpoint-key",
      "api-key",
      "access-key",
    ];
    expect(used.map(({ kind }) => kind)).toEqual(kinds);
    expect(used.map(({ name }) => name)).toEqual(["script", null, "worker", "login", "shop", "terraform 100%"]);
  });
});

describe("a key of FusionAuth's API", () => {
  it("made here works there at once with its permissions alone, and ends when it is deleted", async () => {
    const endpoints = { "/api/messenger": ["GET"] };
    const { key, id } = await callAs(gateway, "POST", "/endpoint-keys", { name: "reader", endpoints });
    const ask = async (path: string, method = "GET") =>
      (await fetch(`${gateway.url}${path}`, { method, headers: { authorization: key } })).status;
    expect([await ask("/api/messenger"), await ask("/api/messenger", "POST")]).toEqual([200, 401]);
    expect((await callAs(gateway, "POST", "/endpoint-keys", { name: "reader" })).error.code).toBe("conflict");
    expect((await callAs(gateway, "POST", "/endpoint-keys", { name: "x", endpoints: { x: [] } })).error).toBeDefined();
    const changed = await callAs(gateway, "PATCH", `/endpoint-keys/${id}`, { endpoints: { "/api/system": ["GET"] } });
    expect(changed).toMatchObject({ name: "reader", endpoints: { "/api/system": ["GET"] } });
    expect(await ask("/api/messenger")).toBe(401);
    const other = await gateway.addAccount();
    expect((await callAs(other, "DELETE", `/endpoint-keys/${id}`)).error.code).toBe("not-found");
    expect(await callAs(gateway, "DELETE", `/endpoint-keys/${id}`)).toBeNull();
    expect((await callAs(gateway, "DELETE", `/endpoint-keys/${id}`)).error.code).toBe("not-found");
  });
});

describe("the keys of FusionAuth's API", () => {
  it("are at most 200, also when many are made at once, each with at most 50 endpoints of 100 characters", async () => {
    const account = await gateway.addAccount();
    await gateway.db.query(
      `insert into endpoint_keys (account_id, id, key_hash, name, kept)
       select $1::uuid, gen_random_uuid(), gen_random_uuid()::text::bytea, 'x ' || n, '{}' from generate_series(1, 198) n`,
      [account.accountSid.slice(2)],
    );
    const path = `/accounts/${account.accountSid}/endpoint-keys`;
    const make = async (body: unknown) =>
      (await callNative(gateway.url, basic(account.accountSid, account.authToken), ["POST", path, body])).status;
    const paths = (count: number, characters: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`/${at}`.padEnd(characters, "x"), ["GET"]]));
    expect(await make({ name: "many", endpoints: paths(51, 10) })).toBe(400);
    expect(await make({ name: "long", endpoints: paths(1, 101) })).toBe(400);
    const statuses = await Promise.all([1, 2, 3, 4].map((at) => make({ name: `y ${at}`, endpoints: paths(50, 100) })));
    expect(statuses.sort()).toEqual([201, 201, 400, 400]);
  });
});

describe("a change of a key that changes nothing", () => {
  it("leaves no trace: neither a new time nor an audit row", async () => {
    const account = await gateway.addAccount();
    const made = await makeEveryKind(account);
    const policy = { allow: ["/twilio/messaging/messages/create"] };
    const narrow = await callAs(account, "POST", "/api-keys", { type: "restricted", policy });
    const auditsOf = async () =>
      (await gateway.db.query("select from audit where account_id = $1::uuid", [account.accountSid.slice(2)])).length;
    const audits = await auditsOf();
    for (const [path, before, body] of [
      [`/access-keys/${made.access.id}`, made.access, { name: "terraform 100%", role: "owner", expiresAt: null }],
      [`/api-keys/${made.api.sid}`, made.api, { friendlyName: "shop" }],
      [`/api-keys/${narrow.sid}`, narrow, { policy }],
      [`/endpoint-keys/${made.endpoint.id}`, made.endpoint, { endpoints: { "/api/messenger": ["GET", "PUT"] } }],
      [`/oauth-clients/${made.client.id}`, made.client, { name: "worker", redirectUris: [] }],
      [`/service-accounts/${made.robot.id}`, made.robot, { name: "robot", role: "operator" }],
    ]) {
      const { updatedAt } = await callAs(account, "PATCH", path, body);
      expect(updatedAt, path).toBe(before.updatedAt);
    }
    expect(await auditsOf()).toBe(audits);
  });
});

describe("programs that manage keys", () => {
  it("neither delete nor weaken what they call with: OAuth clients, tokens, service accounts", async () => {
    const account = await gateway.addAccount();
    const call = async (authorization: string, path: string) =>
      (await callNative(gateway.url, authorization, ["DELETE", `/accounts/${account.accountSid}${path}`])).status;
    const change = async (authorization: string, path: string, body: unknown) =>
      (await callNative(gateway.url, authorization, ["PATCH", `/accounts/${account.accountSid}${path}`, body])).status;
    const client = await callAs(account, "POST", "/oauth-clients", { name: "self", role: "owner" });
    const form = { grant_type: "client_credentials", client_id: client.clientId, client_secret: client.clientSecret };
    const granted = await fetch(`${gateway.url}/v2/token`, { method: "POST", body: new URLSearchParams(form) });
    const { access_token: accessToken } = (await granted.json()) as { access_token: string };
    expect(await call(`Bearer ${accessToken}`, `/oauth-clients/${client.id}`)).toBe(409);
    expect(await change(`Bearer ${accessToken}`, `/oauth-clients/${client.id}`, { role: "viewer" })).toBe(409);
    expect(await change(`Bearer ${accessToken}`, `/oauth-clients/${client.id}`, { name: "renamed" })).toBe(200);
    const robot = await callAs(account, "POST", "/service-accounts", { name: "self", role: "owner" });
    const path = `/service-accounts/${robot.id}`;
    const token = await callAs(account, "POST", `${path}/personal-access-tokens`, { name: "self" });
    expect(await call(`Bearer ${token.token}`, `${path}/personal-access-tokens/${token.id}`)).toBe(409);
    expect(await call(`Bearer ${token.token}`, path)).toBe(409);
    expect(await change(`Bearer ${token.token}`, path, { role: "operator" })).toBe(409);
    expect(await change(`Bearer ${token.token}`, path, { name: "renamed", role: "owner" })).toBe(200);
    expect(await call(basic(account.accountSid, account.authToken), path)).toBe(204);
    expect(await call(basic(account.accountSid, account.authToken), `/oauth-clients/${client.id}`)).toBe(204);
  });
});
