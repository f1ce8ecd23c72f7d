import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../test/support/gateway.ts";
import { callNative } from "../../../test/support/native-client.ts";
import {
  addAdmin,
  adminEmail,
  adminPassword,
  authorizationUrl,
  codeForm,
  dashboardTokens,
  everyScope,
  openTestBrowser,
  requestTokens,
  signIn,
} from "../../../test/support/sign-in.ts";

/** A revoked token may be remembered for nearly a second. */
const patience = { timeout: 10_000 };
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
  await addAdmin(gateway.db);
});
afterAll(() => gateway.stop());

const authorize = (changes: Readonly<Record<string, string | null>>) =>
  openTestBrowser().open(authorizationUrl(gateway.url, changes).url);

/** A code of the administrator, and its verifier. */
async function newCode(changes: Readonly<Record<string, string | null>> = {}, browser = openTestBrowser()) {
  const { url, verifier } = authorizationUrl(gateway.url, changes);
  const end = await signIn(browser, url);
  return { code: end.searchParams.get("code") ?? "", verifier, end };
}

const session = (token: string, url = gateway.url) => callNative(url, `Bearer ${token}`, ["GET", "/session"]);

describe("signing in", () => {
  it("gives the dashboard tokens that act for every account, and says who they are about", async () => {
    const other = await gateway.addAccount();
    const tokens = await dashboardTokens(gateway.url);
    expect(tokens).toMatchObject({ status: 200, token_type: "Bearer", expires_in: 3600, scope: everyScope });
    const { status, body } = await session(tokens.access_token);
    expect(status).toBe(200);
    expect(body).toMatchObject({ credential: "admin", name: adminEmail, role: "owner", moreAccounts: false });
    expect(body.accountSid).toBe(gateway.accountSid);
    expect(body.accounts.map(({ sid }: { sid: string }) => sid)).toEqual([gateway.accountSid, other.accountSid]);
    const named = await callNative(gateway.url, `Bearer ${tokens.access_token}`, [
      "GET",
      `/session?account=${other.accountSid}`,
    ]);
    expect(named.body.accountSid).toBe(other.accountSid);
    const userinfo = await fetch(`${gateway.url}/oidc/v1/userinfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(await userinfo.json()).toMatchObject({ email: adminEmail, email_verified: true, name: adminEmail });
  });

  it("is needed once: the next authorization of the same browser goes through", async () => {
    const browser = openTestBrowser();
    await newCode({}, browser);
    const response = await browser.open(authorizationUrl(gateway.url).url);
    expect(response.status).toBe(303);
    expect(new URL(response.headers.get("location") ?? "").searchParams.get("code")).toMatch(/^[\w-]{43}$/);
  });

  it("without the scope of the APIs gives a token that no API takes", async () => {
    const { code, verifier } = await newCode({ scope: "openid profile" });
    const tokens = await requestTokens(gateway.url, codeForm(gateway.url, code, verifier));
    expect(tokens.status).toBe(200);
    expect((await session(tokens.access_token)).status).toBe(401);
  });

  it("can be cancelled: the client is told", async () => {
    const browser = openTestBrowser();
    const page = await browser.follow(await browser.open(authorizationUrl(gateway.url).url), gateway.url);
    const end = await browser.follow(await browser.submit(page.url, { action: "cancel" }), gateway.url);
    expect(new URL(end.url).searchParams.get("error")).toBe("access_denied");
  });

  it("takes POST as well", async () => {
    const { url } = authorizationUrl(gateway.url);
    const [path = "", query = ""] = url.split("?");
    const browser = openTestBrowser();
    const response = await browser.open(path, { method: "POST", body: new URLSearchParams(query) });
    expect((await browser.follow(response, gateway.url)).html).toContain('name="password"');
  });

  it("is signing out, too: tokens of the session end with it", async () => {
    const browser = openTestBrowser();
    const tokens = await dashboardTokens(gateway.url, undefined, browser);
    const query = new URLSearchParams({
      id_token_hint: tokens.id_token ?? "",
      post_logout_redirect_uri: `${gateway.url}/`,
      state: "s",
    });
    const page = await browser.open(`${gateway.url}/oidc/v1/end_session?${query}`);
    const html = await page.text();
    expect(html).toContain("Sign out?");
    expect(page.headers.get("content-security-policy")).toContain(`form-action 'self' ${gateway.url}`);
    const xsrf = /name="xsrf" value="(\w+)"/.exec(html)?.[1] ?? "";
    const body = new URLSearchParams({ xsrf, logout: "yes" });
    const end = await browser.open(`${gateway.url}/oidc/v1/end_session/confirm`, { method: "POST", body });
    expect(end.headers.get("location")).toBe(`${gateway.url}/?state=s`);
    await expect.poll(async () => (await session(tokens.access_token)).status, patience).toBe(401);
    const refreshed = await requestTokens(gateway.url, {
      ...{ grant_type: "refresh_token", client_id: "dashboard", refresh_token: tokens.refresh_token ?? "" },
    });
    expect(refreshed).toMatchObject({ status: 400, error: "invalid_grant" });
  });
});

describe("an authorization request", () => {
  it.each([
    ["without PKCE", { code_challenge: null, code_challenge_method: null }],
    ["with the plain method", { code_challenge_method: "plain" }],
    ["with a challenge and no method", { code_challenge_method: null }],
    ["with a challenge that is none", { code_challenge: "short" }],
    ["for a token in the address", { response_type: "token" }],
    ["for an ID token in the address", { response_type: "id_token", nonce: "n" }],
  ])("%s is refused at the client", async (_what, changes) => {
    const response = await authorize(changes);
    expect(response.status).toBe(303);
    const location = response.headers.get("location") ?? "";
    expect(location).toMatch(/[?#]error=(invalid_request|unsupported_response_type)/);
    expect(location).not.toContain("code=");
  });

  it.each([
    ["a redirect that is not registered", { redirect_uri: "https://evil.example/" }],
    ["a redirect that only begins like the registered one", { redirect_uri: "http://127.0.0.1/x" }],
    ["no redirect", { redirect_uri: null }],
    ["an unknown client", { client_id: "nobody" }],
    ["a client id that cannot be stored", { client_id: "a\0b" }],
  ])("with %s goes nowhere", async (_what, changes) => {
    const response = await authorize(changes);
    expect(response.status).toBe(400);
    expect(response.headers.get("location")).toBeNull();
    expect(response.headers.get("content-type")).toContain("text/html");
  });

  it("keeps what it is given, whatever it is", async () => {
    const state = '\0 "><script>alert(1)</script> \ud83d\ude00';
    const { end } = await newCode({ state });
    expect(end.searchParams.get("state")).toBe(state);
  });
});

describe("a code", () => {
  it.each([
    ["without the verifier", (form: Record<string, string>) => ({ ...form, code_verifier: "" })],
    ["with another verifier", (form: Record<string, string>) => ({ ...form, code_verifier: "x".repeat(43) })],
    ["for another redirect", (form: Record<string, string>) => ({ ...form, redirect_uri: "https://evil.example/" })],
    ["that nobody was given", (form: Record<string, string>) => ({ ...form, code: "y".repeat(43) })],
  ])("%s gives nothing", async (_what, change) => {
    const { code, verifier } = await newCode();
    const tokens = await requestTokens(gateway.url, change(codeForm(gateway.url, code, verifier)));
    expect(tokens).toMatchObject({ status: 400, error: "invalid_grant" });
    expect(tokens.access_token).toBeUndefined();
  });

  it("is of use once: a second use ends what the first gave", async () => {
    const { code, verifier } = await newCode();
    const form = codeForm(gateway.url, code, verifier);
    const tokens = await requestTokens(gateway.url, form);
    expect((await session(tokens.access_token)).status).toBe(200);
    expect(await requestTokens(gateway.url, form)).toMatchObject({ status: 400, error: "invalid_grant" });
    await expect.poll(async () => (await session(tokens.access_token)).status, patience).toBe(401);
  });

  it("gives tokens once, however many ask at the same time", async () => {
    const { code, verifier } = await newCode();
    const form = codeForm(gateway.url, code, verifier);
    const answers = await Promise.all(Array.from({ length: 8 }, () => requestTokens(gateway.url, form)));
    const given = answers.filter(({ status }) => status === 200);
    expect(given.length).toBeLessThanOrEqual(1);
    expect(answers.filter(({ status }) => status !== 200).map(({ error }) => error)).toEqual(
      Array.from({ length: 8 - given.length }, () => "invalid_grant"),
    );
  });

  it("is of no use when it has expired", async () => {
    const { code, verifier } = await newCode();
    await expireEverything("AuthorizationCode");
    const tokens = await requestTokens(gateway.url, codeForm(gateway.url, code, verifier));
    expect(tokens).toMatchObject({ status: 400, error: "invalid_grant" });
  });
});

/** As if so much time had passed for all of one sort. */
async function expireEverything(model: string): Promise<void> {
  await gateway.db.query(
    `update oidc_records set expires_at = now() - interval '1 minute',
       payload = regexp_replace(payload, '"exp":[0-9]+', '"exp":1') where model = $1`,
    [model],
  );
}

describe("a refresh token", () => {
  const refresh = (token: string, url = gateway.url) =>
    requestTokens(url, { grant_type: "refresh_token", client_id: "dashboard", refresh_token: token });

  it("gives the next one, each once; one used again ends them all", async () => {
    const first = await dashboardTokens(gateway.url);
    const second = await refresh(first.refresh_token ?? "");
    expect(second.status).toBe(200);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect((await session(second.access_token)).status).toBe(200);
    expect(await refresh(first.refresh_token ?? "")).toMatchObject({ status: 400, error: "invalid_grant" });
    expect(await refresh(second.refresh_token ?? "")).toMatchObject({ status: 400, error: "invalid_grant" });
    await expect.poll(async () => (await session(second.access_token)).status, patience).toBe(401);
  });

  it("is another client's secret: nobody else can use it", async () => {
    const { refresh_token: token = "" } = await dashboardTokens(gateway.url);
    const made = await callNative(gateway.url, owner(), [
      "POST",
      `/accounts/${gateway.accountSid}/oauth-clients`,
      { name: "app", public: true, redirectUris: ["https://app.example.com/cb"] },
    ]);
    const form = { grant_type: "refresh_token", client_id: made.body.clientId, refresh_token: token };
    expect(await requestTokens(gateway.url, form)).toMatchObject({ status: 400, error: "invalid_grant" });
    expect((await refresh(token)).status).toBe(200);
  });
});

const owner = () => `Basic ${Buffer.from(`${gateway.accountSid}:${gateway.authToken}`).toString("base64")}`;

describe("several processes", () => {
  it("share everything: sessions, codes, tokens and keys", async () => {
    const sibling = await gateway.startSibling();
    try {
      // One public URL in front of both; here, the Host header says what it would be.
      const browser = openTestBrowser();
      const { url, verifier } = authorizationUrl(gateway.url);
      const code = (await signIn(browser, url)).searchParams.get("code") ?? "";
      const tokens = await requestTokens(sibling.url, codeForm(gateway.url, code, verifier));
      expect(tokens.status).toBe(200);
      expect((await session(tokens.access_token)).status).toBe(200);
      expect((await session(tokens.access_token, sibling.url)).status).toBe(200);
      const keys = await Promise.all([gateway.url, sibling.url].map((one) => fetch(`${one}/oauth/v2/keys`)));
      const [here, there] = await Promise.all(keys.map((one) => one.json()));
      expect(here).toEqual(there);
      const form = new URLSearchParams({ client_id: "dashboard", token: tokens.access_token });
      await fetch(`${sibling.url}/oauth/v2/revoke`, { method: "POST", body: form });
      await expect.poll(async () => (await session(tokens.access_token)).status, patience).toBe(401);
    } finally {
      await sibling.stop();
    }
  });
});

describe("the sign-in page", () => {
  async function openPage(browser = openTestBrowser()) {
    const page = await browser.follow(await browser.open(authorizationUrl(gateway.url).url), gateway.url);
    return { browser, url: page.url };
  }

  const right = { action: "sign-in", email: adminEmail, password: adminPassword };

  it("cannot be framed, runs nothing, and is kept by nobody", async () => {
    const { browser, url } = await openPage();
    const response = await browser.open(url);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src;");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(response.headers.get("x-frame-options")).toBe("DENY");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const failure = await authorize({ client_id: "nobody" });
    expect(failure.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(failure.headers.get("x-frame-options")).toBe("DENY");
  });

  it("says that a password is wrong, not whether somebody has the address", async () => {
    const { browser, url } = await openPage();
    const wrong = await browser.submit(url, { ...right, password: "wrong" });
    const nobody = await browser.submit(url, { ...right, email: "nobody@example.com" });
    expect([wrong.status, nobody.status]).toEqual([401, 401]);
    const texts = [await wrong.text(), await nobody.text()].map((html) => /role="alert"[^>]*>([^<]*)/.exec(html)?.[1]);
    expect(texts[0]).toBe("This e-mail address or password is not right.");
    expect(texts[1]).toBe(texts[0]);
  });

  it("escapes what it is given", async () => {
    const { browser, url } = await openPage();
    const response = await browser.submit(url, { ...right, email: '"><script>alert(1)</script>', password: "x" });
    expect(await response.text()).not.toContain("<script>");
  });

  it.each([
    ["from another site", {}, { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
    ["that names another origin", {}, { origin: "https://evil.example" }],
    ["from a sibling of the host", {}, { "sec-fetch-site": "same-site" }],
    ["without the page's token", { csrf: "" }, {}],
    ["with another page's token", { csrf: "x".repeat(43) }, {}],
  ])("refuses a form %s, right as the password is", async (_what, fields, headers) => {
    const { browser, url } = await openPage();
    const response = await browser.submit(url, { ...right, ...fields }, headers);
    expect(response.status).toBe(403);
    expect(response.headers.get("location")).toBeNull();
  });

  it("belongs to the browser that began: another one cannot sign it in", async () => {
    const { url } = await openPage();
    const stranger = await openPage();
    const response = await stranger.browser.submit(url, right);
    expect(response.status).toBe(400);
    expect(await openTestBrowser().open(url)).toMatchObject({ status: 400 });
  });

  it("makes whoever guesses wait, on every page", async () => {
    const guess = { ...right, email: "guessed@example.com", password: "x" };
    const { browser, url } = await openPage();
    const statuses: number[] = [];
    for (let i = 0; i < 11; i += 1) statuses.push((await browser.submit(url, guess)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    const other = await openPage();
    const refused = await other.browser.submit(other.url, guess);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await other.browser.submit(other.url, right)).status).toBe(303);
  });

  it("asks for consent to anything but the dashboard, and names it", async () => {
    const made = await callNative(gateway.url, owner(), [
      "POST",
      `/accounts/${gateway.accountSid}/oauth-clients`,
      { name: "<b>Wiki</b>", public: true, redirectUris: ["https://wiki.example.com/cb"] },
    ]);
    const changes = {
      client_id: made.body.clientId,
      redirect_uri: "https://wiki.example.com/cb",
      scope: `${everyScope} offline_access`,
    };
    const browser = openTestBrowser();
    const { url, verifier } = authorizationUrl(gateway.url, changes);
    const page = await browser.follow(await browser.open(url), gateway.url);
    const consent = await browser.follow(await browser.submit(page.url, right), gateway.url);
    expect(consent.html).toContain("Allow &lt;b&gt;Wiki&lt;/b&gt;?");
    expect(consent.html).toContain("in no other");
    expect(consent.html).toContain(`(${gateway.accountSid})`);
    expect(consent.html).toContain("when you are not there");
    const refused = await browser.submit(consent.url, { action: "allow", csrf: "x" });
    expect(refused.status).toBe(403);
    const end = await browser.follow(await browser.submit(consent.url, { action: "allow" }), gateway.url);
    const code = new URL(end.url).searchParams.get("code") ?? "";
    expect(end.url.startsWith("https://wiki.example.com/cb?")).toBe(true);
    const form = { ...codeForm(gateway.url, code, verifier), ...changes };
    const tokens = await requestTokens(gateway.url, form);
    expect(tokens.refresh_token).toMatch(/^[\w-]{43}$/);
    // Whoever deletes the client ends what it was given.
    const path = `/accounts/${gateway.accountSid}/oauth-clients/${made.body.id}`;
    expect((await session(tokens.access_token)).status).toBe(200);
    expect((await callNative(gateway.url, owner(), ["DELETE", path])).status).toBe(204);
    await expect.poll(async () => (await session(tokens.access_token)).status, patience).toBe(401);
  });

  it("tells when a public client was last used: whenever it gets a token", async () => {
    const path = `/accounts/${gateway.accountSid}/oauth-clients`;
    const app = { name: "app", public: true, redirectUris: ["https://app.example.com/cb"] };
    const { clientId, id } = (await callNative(gateway.url, owner(), ["POST", path, app])).body;
    const lastUsed = async () =>
      (await callNative(gateway.url, owner(), ["GET", `${path}/${id}`])).body.lastUsedAt as string | null;
    const changes = { client_id: clientId, redirect_uri: "https://app.example.com/cb" };
    // Uses are stored when a process stops, at the latest.
    const sibling = await gateway.startSibling();
    try {
      const { url, verifier } = authorizationUrl(sibling.url, changes);
      const code = (await signIn(openTestBrowser(), url)).searchParams.get("code") ?? "";
      const form = { ...codeForm(sibling.url, code, verifier), ...changes };
      expect((await requestTokens(sibling.url, { ...form, code: "x" })).status).toBe(400);
      expect((await requestTokens(sibling.url, form)).status).toBe(200);
    } finally {
      await sibling.stop();
    }
    expect(await lastUsed()).not.toBeNull();
  });

  it("gives an account's client no more than its account and its role, whatever an administrator allows", async () => {
    const other = await gateway.addAccount();
    const app = { name: "app", role: "viewer", public: true, redirectUris: ["https://app.example.com/cb"] };
    const path = `/accounts/${gateway.accountSid}/oauth-clients`;
    const made = await callNative(gateway.url, owner(), ["POST", path, app]);
    const changes = { client_id: made.body.clientId, redirect_uri: "https://app.example.com/cb" };
    const browser = openTestBrowser();
    const { url, verifier } = authorizationUrl(gateway.url, changes);
    const page = await browser.follow(await browser.open(url), gateway.url);
    const consent = await browser.follow(await browser.submit(page.url, right), gateway.url);
    expect(consent.html).toContain("“viewer”");
    const end = await browser.follow(await browser.submit(consent.url, { action: "allow" }), gateway.url);
    const code = new URL(end.url).searchParams.get("code") ?? "";
    const tokens = await requestTokens(gateway.url, { ...codeForm(gateway.url, code, verifier), ...changes });
    const bearer = `Bearer ${tokens.access_token}`;
    const statusOf = async (method: string, where: string, body?: unknown) =>
      (await callNative(gateway.url, bearer, [method, where, body])).status;
    expect(await statusOf("GET", `/providers?account=${gateway.accountSid}`)).toBe(200);
    expect(await statusOf("GET", `/providers?account=${other.accountSid}`)).not.toBe(200);
    expect(await statusOf("GET", `/accounts/${other.accountSid}/oauth-clients`)).not.toBe(200);
    expect(await statusOf("POST", path, app)).toBe(403);
    expect((await session(tokens.access_token)).body.accounts).toHaveLength(1);
  });
});
