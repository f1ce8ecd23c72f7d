// openid-client, a certified OpenID Connect client, against the gateway: discovery, every grant, introspection, revocation
// and userinfo, as applications use them.

import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { basic, callNative } from "../support/native-client.ts";
import { addAdmin, adminEmail, everyScope, openTestBrowser, signIn } from "../support/sign-in.ts";

const redirectUri = "https://app.example.com/callback";
let gateway: TestGateway;
let config: client.Configuration;

beforeAll(async () => {
  gateway = await startTestGateway();
  await addAdmin(gateway.db);
  config = await clientOf({ name: "app", redirectUris: [redirectUri], role: "operator" });
});
afterAll(() => gateway.stop());

async function clientOf(body: Readonly<Record<string, unknown>>): Promise<client.Configuration> {
  const owner = basic(gateway.accountSid, gateway.authToken);
  const made = await callNative(gateway.url, owner, ["POST", `/accounts/${gateway.accountSid}/oauth-clients`, body]);
  const { clientId, clientSecret } = made.body as { clientId: string; clientSecret: string };
  return await client.discovery(new URL(gateway.url), clientId, clientSecret, undefined, {
    execute: [client.allowInsecureRequests],
  });
}

async function authorize(scope = `${everyScope} offline_access`, changes: Readonly<Record<string, string>> = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const parameters = {
    ...{ redirect_uri: redirectUri, scope, state },
    ...{ code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" },
  };
  const url = client.buildAuthorizationUrl(config, { ...parameters, ...changes });
  const callback = await signIn(openTestBrowser(), url.href, gateway.url);
  return { callback, checks: { pkceCodeVerifier: verifier, expectedState: state } };
}

describe("openid-client", () => {
  it("discovers the endpoints that the gateway has", () => {
    const { issuer, token_endpoint, jwks_uri, code_challenge_methods_supported } = config.serverMetadata();
    expect({ issuer, token_endpoint, jwks_uri, code_challenge_methods_supported }).toEqual({
      issuer: gateway.url,
      token_endpoint: `${gateway.url}/oauth/v2/token`,
      jwks_uri: `${gateway.url}/oauth/v2/keys`,
      code_challenge_methods_supported: ["S256"],
    });
  });

  it("drives the code flow with PKCE, userinfo, refresh with rotation, and the detection of reuse", async () => {
    const { callback, checks } = await authorize();
    const tokens = await client.authorizationCodeGrant(config, callback, checks);
    const subject = tokens.claims()?.sub ?? "";
    const info = await client.fetchUserInfo(config, tokens.access_token, subject);
    expect(info).toMatchObject({ sub: subject, email: adminEmail, preferred_username: adminEmail });
    const first = tokens.refresh_token ?? "";
    const second = await client.refreshTokenGrant(config, first);
    expect(second.refresh_token).not.toBe(first);
    await expect(client.refreshTokenGrant(config, first)).rejects.toMatchObject({ error: "invalid_grant" });
    await expect(client.refreshTokenGrant(config, second.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
    await expect(client.fetchUserInfo(config, second.access_token, subject)).rejects.toThrow();
  });

  it("is refused a code that was used, and a verifier that is not the code's", async () => {
    const { callback, checks } = await authorize("openid");
    await client.authorizationCodeGrant(config, callback, checks);
    const again = client.authorizationCodeGrant(config, callback, checks);
    await expect(again).rejects.toMatchObject({ error: "invalid_grant" });
    const other = await authorize("openid");
    const wrong = { ...other.checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
    const refused = client.authorizationCodeGrant(config, other.callback, wrong);
    await expect(refused).rejects.toMatchObject({ error: "invalid_grant" });
  });

  it("gets no refresh token that it did not ask for, and none for what was not granted", async () => {
    const { callback, checks } = await authorize("openid email");
    const tokens = await client.authorizationCodeGrant(config, callback, checks);
    expect([tokens.refresh_token, tokens.scope]).toEqual([undefined, "openid email"]);
  });

  it("gets client credentials, asks about a token, and ends it", async () => {
    const { access_token: token } = await client.clientCredentialsGrant(config, { scope: everyScope });
    const told = await client.tokenIntrospection(config, token);
    expect(told).toMatchObject({ active: true, client_id: config.clientMetadata().client_id, iss: gateway.url });
    await client.tokenRevocation(config, token);
    expect(await client.tokenIntrospection(config, token)).toEqual({ active: false });
  });

  it("takes the answer as a form, too", async () => {
    const { url, html } = await formPost();
    expect(url.startsWith(gateway.url)).toBe(true);
    expect(html).toContain(`action="${redirectUri}"`);
    expect(html).toMatch(/name="code" value="[\w-]{43}"/);
  });
});

async function formPost() {
  const verifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    ...{ redirect_uri: redirectUri, scope: "openid", response_mode: "form_post" },
    ...{ code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" },
  });
  const browser = openTestBrowser();
  await signIn(browser, url.href, gateway.url);
  const response = await browser.open(url.href);
  expect(response.headers.get("content-security-policy")).toContain("form-action 'self' https://app.example.com");
  return { url: url.href, html: await response.text() };
}
