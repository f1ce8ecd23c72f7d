import { generateKeyPairSync } from "node:crypto";
import { UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../test/support/gateway.ts";
import {
  type AssertionParts,
  authOf,
  nowSeconds,
  oauthCalls,
  type TestClient,
} from "../../../test/support/oauth-calls.ts";
import { requestTokens } from "../../../test/support/sign-in.ts";
import { adminAudienceScope } from "../../core/oauth/scopes.ts";
import { jwtBearerGrant } from "../../services/oauth/client-metadata.ts";

let gateway: TestGateway;
let client: TestClient;
let other: TestAccount;

const { assertionTokens, call, grantOf, makeClient, makeServiceAccount, post, sessionOf, sign } = oauthCalls(
  () => gateway.url,
);

beforeAll(async () => {
  gateway = await startTestGateway();
  other = await gateway.addAccount();
  client = await makeClient(gateway);
});
afterAll(() => gateway.stop());

describe("client credentials", () => {
  it("give a token that acts for the client's account, with its role, on every API", async () => {
    const tokens = await grantOf(client);
    expect(tokens).toMatchObject({ status: 200, token_type: "Bearer", expires_in: 3600, scope: adminAudienceScope });
    expect((await sessionOf(tokens.access_token)).body).toMatchObject({
      ...{ credential: "client", role: "operator", accountSid: gateway.accountSid },
    });
    const twilio = await fetch(`${gateway.url}/2010-04-01/Accounts/${gateway.accountSid}/Messages.json`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(twilio.status).toBe(200);
    const strangers = await fetch(`${gateway.url}/2010-04-01/Accounts/${other.accountSid}/Messages.json`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(strangers.status).toBe(404);
  });

  it("are taken in the header, in the form, and with unknown scopes, which are dropped", async () => {
    const form = { grant_type: "client_credentials", scope: "openid foo:bar" };
    const answer = await post("/oauth/v2/token", form, authOf(client));
    expect(answer).toMatchObject({ status: 200, body: { scope: "openid" } });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect((await grantOf(client, "")).status).toBe(200);
  });

  it("are not taken when they are wrong, given twice, or missing", async () => {
    const wrong = { ...client, clientSecret: "x" };
    const grant = { grant_type: "client_credentials" };
    const refused = await post("/oauth/v2/token", grant, authOf(wrong));
    expect(refused).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    expect(refused.headers.get("www-authenticate")).toMatch(/^Basic /);
    expect(await grantOf(wrong)).toMatchObject({ status: 401, error: "invalid_client" });
    expect(await grantOf({ ...client, clientId: "nobody" })).toMatchObject({ status: 401, error: "invalid_client" });
    const { clientId: client_id, clientSecret: client_secret } = client;
    const twice = await post("/oauth/v2/token", { ...grant, client_id, client_secret }, authOf(client));
    expect(twice).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    expect(await post("/oauth/v2/token", grant)).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    const secretless = await post("/oauth/v2/token", { ...grant, client_id });
    expect(secretless).toMatchObject({ status: 401, body: { error: "invalid_client" } });
  });

  it.each([
    ["no grant", {}, "invalid_request"],
    ["an unknown grant", { grant_type: "password" }, "unsupported_grant_type"],
    ["a grant that the client may not use", { grant_type: "authorization_code", code: "x" }, "invalid_request"],
  ])("with %s are answered as RFC 6749 says", async (_what, form, error) => {
    expect(await post("/oauth/v2/token", form, authOf(client))).toMatchObject({ status: 400, body: { error } });
  });

  it("end with the client and with its secret, and with them what they got", async () => {
    const doomed = await makeClient(gateway);
    const { access_token: earlier } = await grantOf(doomed);
    expect((await sessionOf(earlier)).status).toBe(200);
    const renewed = await call(gateway, "POST", `/oauth-clients/${doomed.id}/secret`);
    expect((await grantOf(doomed)).status).toBe(401);
    expect((await sessionOf(earlier)).status).toBe(401);
    const { access_token: token } = await grantOf({ ...doomed, clientSecret: renewed.body.clientSecret });
    expect((await sessionOf(token)).status).toBe(200);
    await call(gateway, "DELETE", `/oauth-clients/${doomed.id}`);
    expect((await sessionOf(token)).status).toBe(401);
    expect((await grantOf({ ...doomed, clientSecret: renewed.body.clientSecret })).status).toBe(401);
  });

  it("are of no use while the account is suspended, and its tokens neither", async () => {
    const third = await gateway.addAccount();
    const suspended = await makeClient(third);
    const { access_token: token } = await grantOf(suspended);
    const service = await makeServiceAccount(third);
    const servicesToken = await assertionTokens(service.keyFile);
    await gateway.db.query("update accounts set status = 'suspended' where id = $1::uuid", [third.accountSid.slice(2)]);
    expect((await grantOf(suspended)).status).toBe(401);
    expect(await assertionTokens(service.keyFile)).toMatchObject({ status: 400, error: "invalid_grant" });
    expect((await sessionOf(token)).status).toBe(403);
    expect((await sessionOf(servicesToken.access_token)).status).toBe(403);
  });

  it("make whoever guesses wait", async () => {
    const guessed = await makeClient(gateway);
    const guesses = Array.from({ length: 25 }, () => grantOf({ ...guessed, clientSecret: "x" }));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses).toContain(401);
    expect((await grantOf({ ...guessed, clientSecret: "y" })).status).toBe(429);
    const answer = await post("/oauth/v2/token", { grant_type: "client_credentials" }, authOf(guessed));
    expect(answer).toMatchObject({ status: 429, body: { error: "temporarily_unavailable" } });
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("a service account's assertion", () => {
  it("gives a token that acts for its account with its role, and an ID token", async () => {
    const { keyFile, userId } = await makeServiceAccount(gateway);
    expect(keyFile).toMatchObject({ type: "serviceaccount", userId });
    expect(keyFile.key).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
    const tokens = await assertionTokens(keyFile);
    expect(tokens).toMatchObject({ status: 200, token_type: "Bearer", expires_in: 3600 });
    expect(tokens.id_token).toMatch(/^eyJ/);
    expect((await sessionOf(tokens.access_token)).body).toMatchObject({
      ...{ credential: "service-account", role: "owner", accountSid: gateway.accountSid },
    });
    const userinfo = await post("/oidc/v1/userinfo", { access_token: tokens.access_token });
    expect(userinfo).toMatchObject({ status: 200, body: { sub: userId } });
    // Several audiences, as some SDKs send them.
    const several = { audience: [gateway.url, "https://elsewhere.example"] };
    expect((await assertionTokens(keyFile, several)).status).toBe(200);
  });

  it("gives a token that no API takes unless the scope of the APIs is asked for", async () => {
    const { keyFile } = await makeServiceAccount(gateway);
    const tokens = await assertionTokens(keyFile, {}, "openid profile");
    expect(tokens.status).toBe(200);
    expect((await sessionOf(tokens.access_token)).status).toBe(401);
    const userinfo = await post("/oidc/v1/userinfo", { access_token: tokens.access_token });
    expect(userinfo.body).toMatchObject({ name: "terraform" });
  });

  it("is refused when anything about it is wrong, always in the same words", async () => {
    const { keyFile, userId } = await makeServiceAccount(gateway);
    const stranger = await makeServiceAccount(other);
    const now = nowSeconds();
    const foreign = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const wrong: readonly AssertionParts[] = [
      { audience: "https://elsewhere.example" },
      { subject: stranger.userId },
      { expiresAt: now - 60 },
      { issuedAt: now - 7200, expiresAt: now + 60 },
      { issuedAt: now + 600 },
      { key: foreign },
      { alg: "RS512" },
    ];
    const assertions = [
      ...(await Promise.all(wrong.map((parts) => sign(keyFile, parts)))),
      await sign({ ...keyFile, userId: "123456789012345678" }),
      await sign({ ...keyFile, userId: stranger.userId }),
      await sign({ ...keyFile, keyId: stranger.keyFile.keyId }),
      new UnsecuredJWT({ iss: userId, sub: userId, aud: gateway.url, iat: now, exp: now + 60 }).encode(),
      "no.such.jwt",
      "x",
    ];
    for (const assertion of assertions) {
      const answer = await requestTokens(gateway.url, { grant_type: jwtBearerGrant, assertion, scope: "openid" });
      expect(answer).toEqual({ status: 400, error: "invalid_grant", error_description: "invalid assertion" });
    }
    const missing = await requestTokens(gateway.url, { grant_type: jwtBearerGrant, scope: "openid" });
    expect(missing).toEqual({ status: 400, error: "invalid_request", error_description: "assertion missing" });
  });

  it("leaves nothing that outlives its token", async () => {
    const { keyFile, userId } = await makeServiceAccount(gateway);
    expect((await assertionTokens(keyFile)).status).toBe(200);
    const kept = await gateway.db.query(
      `select model, expires_at <= now() + interval '1 hour 1 minute' as brief from oidc_records
       where client_id = $1 order by model`,
      [userId],
    );
    expect(kept).toEqual([
      { model: "AccessToken", brief: true },
      { model: "Grant", brief: true },
    ]);
  });

  it("ends with its key's deletion and expiry; a token with its key or service account", async () => {
    const { keyFile, id } = await makeServiceAccount(gateway);
    const { access_token: token } = await assertionTokens(keyFile);
    expect((await sessionOf(token)).status).toBe(200);
    await call(gateway, "DELETE", `/service-accounts/${id}/keys/${keyFile.keyId}`);
    expect((await assertionTokens(keyFile)).status).toBe(400);
    expect((await sessionOf(token)).status).toBe(401);
    const expiresAt = new Date(Date.now() - 1000).toISOString();
    const expired = await call(gateway, "POST", `/service-accounts/${id}/keys`, { expiresAt });
    expect(expired.body.keyFile.expirationDate).toBe(expiresAt);
    expect((await assertionTokens(expired.body.keyFile)).status).toBe(400);
    const other = await call(gateway, "POST", `/service-accounts/${id}/keys`, {});
    const { access_token: last } = await assertionTokens(other.body.keyFile);
    expect((await sessionOf(last)).status).toBe(200);
    await call(gateway, "DELETE", `/service-accounts/${id}`);
    expect((await sessionOf(last)).status).toBe(401);
  });

  it("may be signed with a key of the owner's, whose private half the gateway never sees", async () => {
    const { id, userId } = await makeServiceAccount(gateway);
    const pair = generateKeyPairSync("rsa", { modulusLength: 3072 });
    const publicKey = pair.publicKey.export({ type: "spki", format: "pem" });
    const made = await call(gateway, "POST", `/service-accounts/${id}/keys`, { publicKey });
    expect(made.body.keyFile).toBeNull();
    const keyFile = { userId, keyId: made.body.keyId, key: "" };
    expect((await assertionTokens(keyFile, { key: pair.privateKey })).status).toBe(200);
  });
});

describe("a personal access token", () => {
  it("acts for its service account until it is deleted or expires", async () => {
    const { id } = await makeServiceAccount(gateway, "viewer");
    const path = `/service-accounts/${id}/personal-access-tokens`;
    const made = await call(gateway, "POST", path, { name: "ci" });
    expect(made.body.token).toMatch(/^tlp_[0-9A-Za-z]{40}$/);
    const { body } = await sessionOf(made.body.token);
    expect(body).toMatchObject({ credential: "personal-access-token", role: "viewer", accountSid: gateway.accountSid });
    expect((await call(gateway, "DELETE", `${path}/${made.body.id}`)).status).toBe(204);
    expect((await sessionOf(made.body.token)).status).toBe(401);
    const expiresAt = new Date(Date.now() - 1000).toISOString();
    const expired = await call(gateway, "POST", path, { name: "old", expiresAt });
    expect((await sessionOf(expired.body.token)).status).toBe(401);
  });
});
