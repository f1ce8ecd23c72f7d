// A browser without a screen: goes through the pages of the authorization server as a person does, keeping cookies and
// following redirects by itself, for tests that need tokens of an administrator.

import { createHash, randomBytes } from "node:crypto";
import { hashPassword } from "../../src/core/credentials/password.ts";
import { newUuid } from "../../src/core/ids.ts";
import { adminAudienceScope } from "../../src/core/oauth/scopes.ts";
import type { Database } from "../../src/store/database.ts";
import { insertUser } from "../../src/store/users.ts";

export const adminEmail = "admin@example.com";
export const adminPassword = "correct horse battery";

export async function addAdmin(db: Database): Promise<void> {
  const passwordHash = await hashPassword(adminPassword);
  await insertUser(db, { id: newUuid(), email: adminEmail, name: "", administrator: true, passwordHash });
}

export interface TestBrowser {
  /** Goes to a URL, without following its redirect. */
  open(url: string, init?: RequestInit): Promise<Response>;
  /** Sends the form of the page at `url`, with its hidden fields; `fields` replace those of the page. */
  submit(
    url: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>;
  /** Follows redirects until a page, or until one leads away from `origin`. */
  follow(response: Response, origin: string): Promise<{ readonly url: string; readonly html: string | null }>;
}

export function openTestBrowser(): TestBrowser {
  const cookies = new Map<string, { readonly value: string; readonly path: string }>();

  async function open(url: string, init: RequestInit = {}): Promise<Response> {
    const { pathname } = new URL(url);
    const cookie = [...cookies]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join("; ");
    const response = await fetch(url, { ...init, redirect: "manual", headers: { ...init.headers, cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /path=([^;]+)/i.exec(line)?.[1] ?? "/";
      if (value === "") cookies.delete(name);
      else cookies.set(name, { value, path });
    }
    return response;
  }

  return {
    open,
    async submit(url, fields, headers = {}) {
      const html = await (await open(url)).text();
      const hidden = [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)];
      const body = new URLSearchParams({
        ...Object.fromEntries(hidden.map(([, name = "", value = ""]) => [name, value])),
        ...fields,
      });
      const origin = new URL(url).origin;
      return await open(url, {
        method: "POST",
        body,
        headers: { origin, "sec-fetch-site": "same-origin", ...headers },
      });
    },
    async follow(response, origin) {
      let last = response;
      let url = response.url;
      for (let location = last.headers.get("location"); location !== null; location = last.headers.get("location")) {
        url = new URL(location, last.url).href;
        if (!url.startsWith(origin) || new URL(url).pathname === "/") return { url, html: null };
        last = await open(url);
      }
      return { url, html: await last.text() };
    },
  };
}

export const everyScope = `openid profile email ${adminAudienceScope}`;

export interface Authorization {
  readonly url: string;
  readonly verifier: string;
}

/** An authorization request with PKCE; `changes` replace its parameters, null takes one away. */
export function authorizationUrl(
  gatewayUrl: string,
  changes: Readonly<Record<string, string | null>> = {},
): Authorization {
  const verifier = randomBytes(32).toString("base64url");
  const parameters: Record<string, string | null> = {
    client_id: "dashboard",
    redirect_uri: `${gatewayUrl}/`,
    response_type: "code",
    scope: everyScope,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...changes,
  };
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== null);
  return { url: `${gatewayUrl}/oauth/v2/authorize?${new URLSearchParams(given)}`, verifier };
}

/** Signs the administrator, or `who`, in, with consent if it is asked for. Resolves to where the browser ends up: at the client. */
export async function signIn(
  browser: TestBrowser,
  authorization: string,
  origin: string = new URL(authorization).origin,
  who: { readonly email: string; readonly password: string } = { email: adminEmail, password: adminPassword },
): Promise<URL> {
  let page = await browser.follow(await browser.open(authorization), origin);
  if (page.html?.includes('name="password"')) {
    const fields = { action: "sign-in", ...who };
    page = await browser.follow(await browser.submit(page.url, fields), origin);
    if (page.html?.includes('name="password"')) throw new Error(`no sign-in: ${page.html}`);
  }
  if (page.html?.includes('value="allow"')) {
    page = await browser.follow(await browser.submit(page.url, { action: "allow" }), origin);
  }
  return new URL(page.url);
}

export interface Tokens {
  readonly status: number;
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly scope?: string;
  readonly expires_in: number;
  readonly error?: string;
  readonly error_description?: string;
}

/** A call of the token endpoint. */
export async function requestTokens(
  gatewayUrl: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Tokens> {
  const body = new URLSearchParams(form);
  const response = await fetch(`${gatewayUrl}/oauth/v2/token`, { method: "POST", body, headers });
  return { status: response.status, ...((await response.json()) as Omit<Tokens, "status">) };
}

/** Tokens of the administrator, or of `who`, got as the dashboard gets them. */
export async function dashboardTokens(
  gatewayUrl: string,
  who?: { readonly email: string; readonly password: string },
  browser = openTestBrowser(),
): Promise<Tokens> {
  const { url, verifier } = authorizationUrl(gatewayUrl);
  const code = (await signIn(browser, url, undefined, who)).searchParams.get("code") ?? "";
  return await requestTokens(gatewayUrl, codeForm(gatewayUrl, code, verifier));
}

export function codeForm(gatewayUrl: string, code: string, verifier: string): Record<string, string> {
  return {
    ...{ grant_type: "authorization_code", client_id: "dashboard", redirect_uri: `${gatewayUrl}/` },
    ...{ code, code_verifier: verifier },
  };
}
