// Signing in as a person at the gateway's own authorization server: the code flow with PKCE, of the public client `dashboard`.
// Tokens never stand in an address; the verifier stays in this tab.

import type { Credential } from "./session.ts";

const clientId = "dashboard";
const scope = "openid profile email urn:zitadel:iam:org:project:id:zitadel:aud";
const key = "trunkline.sign-in";

interface Discovery {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly end_session_endpoint?: string;
}

interface Pending {
  readonly state: string;
  readonly verifier: string;
  /** Where to go on afterwards. */
  readonly path: string;
}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
}

/** Null: this gateway has no sign-in for people. */
export async function discover(): Promise<Discovery | null> {
  const response = await fetch("/.well-known/openid-configuration").catch(() => null);
  if (response === null || !response.ok) return null;
  return (await response.json()) as Discovery;
}

/** Leaves the page. `email`: who is to sign in, whoever has been signed in before. */
export async function beginSignIn(path: string, email?: string): Promise<void> {
  const discovery = await discover();
  if (discovery === null) throw new Error("The gateway has no sign-in for people.");
  const pending: Pending = { state: random(), verifier: random(), path };
  sessionStorage.setItem(key, JSON.stringify(pending));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(pending.verifier));
  const parameters = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri(),
    response_type: "code",
    scope,
    state: pending.state,
    code_challenge: base64Url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    ...(email === undefined ? {} : { prompt: "login", login_hint: email }),
  });
  location.assign(`${discovery.authorization_endpoint}?${parameters}`);
}

export interface Return {
  readonly credential: Credential | null;
  /** Why it failed, in the server's words; null: it did not. */
  readonly problem: string | null;
  readonly path: string;
}

/** What a sign-in brought back to this address; null: it is none. An answer that this tab has not asked for is none either. */
export async function finishSignIn(search: string): Promise<Return | null> {
  const answer = new URLSearchParams(search);
  const code = answer.get("code");
  const problem = answer.get("error_description") ?? answer.get("error");
  if (code === null && problem === null) return null;
  const pending = takePending();
  if (pending === null || pending.state !== answer.get("state")) return null;
  if (code === null) return { credential: null, problem, path: pending.path };
  const tokens = await requestTokens({
    ...{ grant_type: "authorization_code", client_id: clientId, redirect_uri: redirectUri() },
    ...{ code, code_verifier: pending.verifier },
  });
  return { credential: tokens, problem: tokens === null ? "The sign-in was not confirmed." : null, path: pending.path };
}

/** Null: signed out meanwhile. Rejects when the gateway cannot be reached. */
export async function refresh(credential: Credential): Promise<Credential | null> {
  if (credential.kind !== "person" || credential.refreshToken === null) return null;
  const form = { grant_type: "refresh_token", client_id: clientId, refresh_token: credential.refreshToken };
  const renewed = await requestTokens(form);
  if (renewed?.kind !== "person") return null;
  return { ...renewed, refreshToken: renewed.refreshToken ?? credential.refreshToken };
}

/** Where the person is signed out at the server, too; null where that is not possible. */
export async function signOutUrl(credential: Credential): Promise<string | null> {
  if (credential.kind !== "person" || credential.idToken === null) return null;
  const endpoint = (await discover())?.end_session_endpoint;
  if (endpoint === undefined) return null;
  const hint = { id_token_hint: credential.idToken, post_logout_redirect_uri: redirectUri() };
  return `${endpoint}?${new URLSearchParams(hint)}`;
}

async function requestTokens(form: Readonly<Record<string, string>>): Promise<Credential | null> {
  const endpoint = (await discover())?.token_endpoint;
  if (endpoint === undefined) throw new TypeError("The gateway cannot be reached.");
  const response = await fetch(endpoint, { method: "POST", body: new URLSearchParams(form) });
  if (response.status >= 500) throw new TypeError(`The gateway answered ${response.status}.`);
  if (!response.ok) return null;
  const tokens = (await response.json()) as Tokens;
  return {
    kind: "person",
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? null,
    idToken: tokens.id_token ?? null,
  };
}

function takePending(): Pending | null {
  const text = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  return text === null ? null : (JSON.parse(text) as Pending);
}

const redirectUri = (): string => `${location.origin}/`;
const random = (): string => base64Url(crypto.getRandomValues(new Uint8Array(32)));

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
