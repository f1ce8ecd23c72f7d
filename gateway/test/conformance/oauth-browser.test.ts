// The code flow with openid-client, in a real browser: what a person sees and does, on pages that obey their own security
// policy, for an application on another origin.

import * as client from "openid-client";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Application, startApplication } from "../support/application.ts";
import { launchBrowser } from "../support/browser.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { basic, callNative } from "../support/native-client.ts";
import { addAdmin, adminEmail, adminPassword, everyScope } from "../support/sign-in.ts";

let gateway: TestGateway;
let application: Application;
let browser: Browser;

beforeAll(async () => {
  gateway = await startTestGateway();
  await addAdmin(gateway.db);
  application = await startApplication((_request, response) => response.end("<title>Application</title>"));
  browser = await launchBrowser();
  // The first time, the browser must be unpacked.
}, 120_000);
afterAll(async () => {
  await browser.close();
  await application.close();
  await gateway.stop();
});

interface Visit {
  readonly page: Page;
  /** What the browser complained about: violations of the pages' policy among it. */
  readonly complaints: string[];
}

async function visit(url: string): Promise<Visit> {
  const page = await (await browser.newContext()).newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.text().includes("Content Security Policy")) {
      complaints.push(message.text());
    }
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, complaints };
}

async function signIn(page: Page, password = adminPassword): Promise<void> {
  await page.getByLabel("E-mail address").fill(adminEmail);
  await page.getByLabel("Password").fill(password);
  await page.keyboard.press("Enter");
}

describe("in a browser", () => {
  it("a person signs in, allows an application of another origin, and comes back to it with a code", async () => {
    const redirectUri = `${application.origin}/callback`;
    const made = await callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), [
      "POST",
      `/accounts/${gateway.accountSid}/oauth-clients`,
      { name: "Wiki", redirectUris: [redirectUri], role: "viewer" },
    ]);
    const { clientId, clientSecret } = made.body;
    const config = await client.discovery(new URL(gateway.url), clientId, clientSecret, undefined, {
      execute: [client.allowInsecureRequests],
    });
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const nonce = client.randomNonce();
    const authorization = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: `${everyScope} offline_access`,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      ...{ state, nonce },
    });

    const { page, complaints } = await visit(authorization.href);
    await signIn(page, "wrong");
    expect(await page.getByRole("alert").textContent()).toContain("not right");
    expect(await page.getByLabel("E-mail address").inputValue()).toBe(adminEmail);
    complaints.length = 0; // The browser reports the 401 of the wrong password.
    await signIn(page);
    await page.getByRole("heading", { name: "Allow Wiki?" }).waitFor();
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL(`${application.origin}/**`);
    expect(complaints).toEqual([]);

    const callback = new URL(page.url());
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
    const tokens = await client.authorizationCodeGrant(config, callback, checks);
    expect(tokens.claims()).toMatchObject({ aud: clientId, iss: gateway.url, nonce });
    const subject = tokens.claims()?.sub ?? "";
    expect(await client.fetchUserInfo(config, tokens.access_token, subject)).toMatchObject({ email: adminEmail });
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect(refreshed.access_token).not.toBe(tokens.access_token);
    await page.context().close();
  });

  it("a person signs in to the dashboard, and out again by its button", async () => {
    const config = await client.discovery(new URL(gateway.url), "dashboard", undefined, client.None(), {
      execute: [client.allowInsecureRequests],
    });
    const verifier = client.randomPKCECodeVerifier();
    const authorization = client.buildAuthorizationUrl(config, {
      redirect_uri: `${gateway.url}/`,
      scope: everyScope,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    const { page, complaints } = await visit(authorization.href);
    await signIn(page);
    await page.waitForURL(`${gateway.url}/?**`);
    const checks = { pkceCodeVerifier: verifier };
    const tokens = await client.authorizationCodeGrant(config, new URL(page.url()), checks);
    expect(tokens.scope?.split(" ")).toEqual(everyScope.split(" "));
    const signOut = client.buildEndSessionUrl(config, {
      post_logout_redirect_uri: `${gateway.url}/`,
      id_token_hint: tokens.id_token ?? "",
    });
    await page.goto(signOut.href);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${gateway.url}/`);
    const session = () => callNative(gateway.url, `Bearer ${tokens.access_token}`, ["GET", "/session"]);
    await expect.poll(async () => (await session()).status).toBe(401);
    await page.goto(authorization.href);
    await page.getByLabel("Password").waitFor();
    // Signed out already, the browser is led back without a question, by a script that the policy names.
    await page.goto(signOut.href);
    await page.waitForURL(`${gateway.url}/`);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("no other page can show the sign-in in a frame", async () => {
    const { page } = await visit(application.origin);
    const framed = `${gateway.url}/oauth/v2/authorize?client_id=dashboard&redirect_uri=x`;
    const refusal = page.waitForEvent("console", (message) => message.text().includes("frame"));
    await page.evaluate(`document.body.append(Object.assign(document.createElement("iframe"), { src: "${framed}" }))`);
    expect((await refusal).text()).toMatch(/X-Frame-Options|frame-ancestors/);
    await page.context().close();
  });
});
