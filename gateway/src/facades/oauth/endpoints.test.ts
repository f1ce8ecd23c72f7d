import { generateKeyPairSync } from "node:crypto";
import { request as httpRequest } from "node:http";
import fc from "fast-check";
import { SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../test/support/gateway.ts";
import { authOf, nowSeconds, oauthCalls, type TestClient } from "../../../test/support/oauth-calls.ts";
import { adminAudienceScope } from "../../core/oauth/scopes.ts";
import { jwtBearerGrant } from "../../services/oauth/client-metadata.ts";

/** A revoked token may be remembered for nearly a second. */
const patience = { timeout: 10_000 };
let gateway: TestGateway;
let client: TestClient;
let othersClient: TestClient;

const { assertionTokens, call, grantOf, makeClient, makeServiceAccount, post, sessionOf } = oauthCalls(
  () => gateway.url,
);

beforeAll(async () => {
  gateway = await startTestGateway();
  client = await makeClient(gateway);
  othersClient = await makeClient(await gateway.addAccount());
});
afterAll(() => gateway.stop());

describe("introspection", () => {
  const introspect = (token: string, by: TestClient) => post("/oauth/v2/introspect", { token }, authOf(by));

  it("tells the account's clients about its tokens, and others nothing", async () => {
    const { keyFile, userId } = await makeServiceAccount(gateway);
    const own = await grantOf(client);
    const services = await assertionTokens(keyFile);
    const colleague = await makeClient(gateway, "viewer");
    expect((await introspect(own.access_token, client)).body).toMatchObject({
      ...{ active: true, client_id: client.clientId, token_type: "Bearer", iss: gateway.url },
      ...{ scope: adminAudienceScope, aud: [client.clientId, "zitadel"] },
    });
    expect((await introspect(services.access_token, colleague)).body).toMatchObject({ active: true, sub: userId });
    for (const token of [own.access_token, services.access_token, "x".repeat(43)]) {
      expect(await introspect(token, othersClient)).toMatchObject({ status: 200, body: { active: false } });
    }
    expect(Object.keys((await introspect(own.access_token, othersClient)).body)).toEqual(["active"]);
  });

  it("is for clients that prove themselves", async () => {
    const { access_token: token } = await grantOf(client);
    expect((await post("/oauth/v2/introspect", { token })).status).toBe(401);
    const wrong = await introspect(token, { ...client, clientSecret: "x" });
    expect(wrong).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    const unproven = await post("/oauth/v2/introspect", { token, client_id: "dashboard" });
    expect(unproven.body).toEqual({ active: false });
  });
});

describe("revocation", () => {
  it("ends a token at once for introspection and within a second everywhere; another's it leaves alone", async () => {
    const { access_token: token } = await grantOf(client);
    expect((await sessionOf(token)).status).toBe(200);
    expect((await post("/oauth/v2/revoke", { token }, authOf(othersClient))).status).toBe(200);
    const introspection = () => post("/oauth/v2/introspect", { token }, authOf(client));
    expect((await introspection()).body.active).toBe(true);
    expect((await post("/oauth/v2/revoke", { token }, authOf(client))).status).toBe(200);
    expect((await introspection()).body).toEqual({ active: false });
    await expect.poll(async () => (await sessionOf(token)).status, patience).toBe(401);
    // RFC 7009: what is no token is no error.
    expect((await post("/oauth/v2/revoke", { token: "nothing" }, authOf(client))).status).toBe(200);
  });
});

describe("an access token", () => {
  it("that has expired, or was made up, is none", async () => {
    const { access_token: token } = await grantOf(client);
    await gateway.db.query("update oidc_records set expires_at = now() - interval '1 second' where client_id = $1", [
      client.clientId,
    ]);
    expect((await sessionOf(token)).status).toBe(401);
    const claims = { sub: client.clientId, client: client.id, iss: gateway.url, exp: nowSeconds() + 600 };
    const unsigned = new UnsecuredJWT(claims).encode();
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { keys } = (await (await fetch(`${gateway.url}/oauth/v2/keys`)).json()) as { keys: { kid: string }[] };
    const header = { alg: "RS256", typ: "at+jwt", kid: keys[0]?.kid ?? "" };
    const forged = await new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
    const confused = await new SignJWT(claims)
      .setProtectedHeader({ ...header, alg: "HS256" })
      .sign(publicKey.export({ type: "spki", format: "der" }));
    for (const made of [unsigned, forged, confused, "x".repeat(43)]) {
      expect((await sessionOf(made)).status).toBe(401);
    }
  });

  it("is what userinfo wants, of somebody who allowed it", async () => {
    expect((await fetch(`${gateway.url}/oidc/v1/userinfo`)).status).toBe(401);
    const { access_token: token } = await grantOf(client, "openid");
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${gateway.url}/oidc/v1/userinfo`, { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toContain("invalid_token");
  });
});

describe("the endpoints", () => {
  it("say what is not there, and what is too large", async () => {
    const nothing = await fetch(`${gateway.url}/oauth/v2/nothing`);
    expect([nothing.status, await nothing.json()]).toMatchObject([404, { error: "invalid_request" }]);
    expect((await fetch(`${gateway.url}/oauth/v2/token`)).status).toBe(404);
    const large = await post("/oauth/v2/token", { grant_type: "x".repeat(60_000) });
    expect(large).toMatchObject({ status: 413, body: { error: "invalid_request" } });
    const json = await fetch(`${gateway.url}/oauth/v2/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"grant_type":"client_credentials"}',
    });
    expect([json.status, await json.json()]).toMatchObject([400, { error: "invalid_request" }]);
  });

  it.each([
    ["token", "", 400, "invalid_request", "grant_type missing"],
    ["token", "scope=openid", 400, "invalid_request", "grant_type missing"],
    ["token", "grant_type=magic", 400, "unsupported_grant_type", "magic not supported"],
    ["token", "grant_type=client_credentials", 400, "invalid_request", "no client authentication mechanism provided"],
    ["introspect", "token=x", 401, "invalid_client", "no client authentication mechanism provided"],
  ])("refuse at %s the form '%s' of nobody as ZITADEL does", async (name, body, status, error, description) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await fetch(`${gateway.url}/oauth/v2/${name}`, { method: "POST", headers, body });
    expect([answer.status, await answer.json()]).toEqual([status, { error, error_description: description }]);
  });

  it.each([
    [{}, "invalid_request", "access token missing"],
    [{ authorization: "Bearer nonsense" }, "access_denied", "access token invalid"],
  ])("tell at userinfo what is wrong with the token of %o", async (headers, error, description) => {
    const answer = await fetch(`${gateway.url}/oidc/v1/userinfo`, { headers: headers as Record<string, string> });
    expect([answer.status, await answer.json()]).toEqual([401, { error, error_description: description }]);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
  });

  it("let browsers call from where a client's redirects lead, and from nowhere else", async () => {
    const origin = "https://spa.example.com";
    const made = await call(gateway, "POST", "/oauth-clients", {
      ...{ name: "spa", public: true, redirectUris: [`${origin}/cb`] },
    });
    const form = { grant_type: "refresh_token", client_id: made.body.clientId as string, refresh_token: "x" };
    const allowed = await post("/oauth/v2/token", form, { origin });
    expect([allowed.body.error, allowed.headers.get("access-control-allow-origin")]).toEqual(["invalid_grant", origin]);
    const refused = await post("/oauth/v2/token", form, { origin: "https://evil.example" });
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([400, null]);
    const preflight = await fetch(`${gateway.url}/oauth/v2/token`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    expect([preflight.status, preflight.headers.get("access-control-allow-methods")]).toEqual([204, "POST"]);
  });

  it("name the origin that they were reached under, and believe nothing else", async () => {
    const spoofed = {
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
      forwarded: "host=evil.example",
    };
    const answer = await fetch(`${gateway.url}/.well-known/openid-configuration`, { headers: spoofed });
    const discovered = (await answer.json()) as Record<string, unknown>;
    expect(discovered["issuer"]).toBe(gateway.url);
    expect(JSON.stringify(discovered)).not.toContain("evil");
  });

  it("say that they cannot while the database is away, and go on when it is back", async () => {
    const restore = await gateway.cutDatabase();
    const away = await grantOf(client);
    const page = await fetch(`${gateway.url}/oauth/v2/authorize?client_id=${client.clientId}`);
    await restore();
    expect([away.status, away.error, page.status]).toEqual([503, "temporarily_unavailable", 503]);
    await expect.poll(async () => (await grantOf(client)).status, patience).toBe(200);
  });

  it("answer anything with less than 500", async () => {
    const word = fc.oneof(
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.constantFrom(client.clientId, client.clientSecret, "client_credentials", jwtBearerGrant, "\0", "eyJ.eyJ.x"),
    );
    const name = fc.constantFrom(
      ...["grant_type", "client_id", "client_secret", "scope", "token", "assertion", "code", "resource", "claims"],
      ...["redirect_uri", "response_type", "prompt", "max_age", "id_token_hint", "access_token", "request"],
    );
    const fields = fc.array(fc.tuple(name, word), { maxLength: 8 });
    const path = fc.constantFrom(
      ...["/oauth/v2/token", "/oauth/v2/introspect", "/oauth/v2/revoke", "/oidc/v1/userinfo"],
      ...["/oauth/v2/authorize", "/oidc/v1/end_session", "/oidc/v1/end_session/confirm", "/oauth/v2/interaction/x"],
    );
    const authorization = fc.option(fc.constantFrom("Basic", "Basic !", "Bearer x y", authOf(client).authorization));
    await fc.assert(
      fc.asyncProperty(path, fields, authorization, fc.boolean(), async (to, given, header, isGet) => {
        const form = new URLSearchParams(given.map(([key, value]): [string, string] => [key, value]));
        const headers = header === null ? {} : { authorization: header };
        const response = isGet
          ? await fetch(`${gateway.url}${to}?${form}`, { headers, redirect: "manual" })
          : await fetch(gateway.url + to, { method: "POST", body: form, headers, redirect: "manual" });
        await response.arrayBuffer();
        expect(response.status).toBeLessThan(500);
      }),
      { numRuns: 80 },
    );
  });

  it("keep little of who has not signed in, and not for long", async () => {
    const url = `${gateway.url}/oidc/v1/end_session?client_id=dashboard`;
    expect((await fetch(`${url}&state=${"x".repeat(2049)}`)).status).toBe(400);
    expect(
      (await fetch(`${gateway.url}/oauth/v2/authorize?client_id=dashboard&state=${"x".repeat(2049)}`)).status,
    ).toBe(400);
    expect((await fetch(`${url}&state=${"x".repeat(2048)}`)).status).toBe(200);
    const kept = await gateway.db.query(
      `select expires_at <= now() + interval '31 minutes' as brief from oidc_records where model = 'Session'
       and payload like '%xxxxxxxx%'`,
    );
    expect(kept).toEqual([{ brief: true }]);
  });

  it("name where the connection came in when no URL can be made of the Host header", async () => {
    const { port } = new URL(gateway.url);
    for (const host of ["1.2.3.999", "a:99999", "[1]", "a.0x", "0x"]) {
      const answer = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
        const path = "/.well-known/openid-configuration";
        const asked = httpRequest({ host: "127.0.0.1", port, path, headers: { host } }, async (response) => {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk as Buffer);
          resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() });
        });
        asked.on("error", reject).end();
      });
      expect([host, answer.status]).toEqual([host, 200]);
      expect(JSON.parse(answer.text)).toMatchObject({ issuer: gateway.url });
    }
  });

  it("begin no more than so many sign-outs for one address as sign-ins", async () => {
    const statuses = new Set<number>();
    const begin = () => fetch(`${gateway.url}/oidc/v1/end_session?client_id=nobody`);
    for (let i = 0; i < 601 && !statuses.has(429); i += 1) statuses.add((await begin()).status);
    expect([...statuses]).toEqual([400, 429]);
  });

  it("begin no more than so many sign-ins for one address", async () => {
    const begin = () => fetch(`${gateway.url}/oauth/v2/authorize?client_id=nobody`);
    const statuses = new Set<number>();
    // Twice as many as are allowed, since a new minute may begin meanwhile.
    for (let i = 0; i < 601 && !statuses.has(429); i += 1) statuses.add((await begin()).status);
    // Sign-outs may have used the minute up.
    expect([...statuses].filter((status) => status !== 400)).toEqual([429]);
    expect(Number((await begin()).headers.get("retry-after"))).toBeGreaterThan(0);
  });
});
