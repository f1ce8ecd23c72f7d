// The welcome after `npm start`: the terminal's link carries a token behind its #, which is exchanged once for the account's
// credentials. The token leaves the address at once, so that neither the history nor a shared link keeps it.

import { errorOf } from "./client.ts";

export interface WelcomeCredentials {
  readonly accountSid: string;
  readonly authToken: string;
  readonly accessKey: string | null;
  readonly phoneNumbers: readonly string[];
}

/** Null: there is none in the address. */
export function takeWelcomeToken(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get("welcome");
  if (token !== null) history.replaceState(null, "", location.pathname + location.search);
  return token;
}

/** Rejects with ApiError when the link has been used or is too old. */
export async function redeemWelcome(token: string): Promise<WelcomeCredentials> {
  const response = await fetch("/trunkline/v1/welcome", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw errorOf(response.status, body);
  return body as WelcomeCredentials;
}

const key = "trunkline.welcome";

export function keepWelcome(credentials: WelcomeCredentials): void {
  sessionStorage.setItem(key, JSON.stringify(credentials));
}

/** What this tab was welcomed with; null: it was not. */
export function keptWelcome(): WelcomeCredentials | null {
  const text = sessionStorage.getItem(key);
  return text === null ? null : (JSON.parse(text) as WelcomeCredentials);
}

export function forgetWelcome(): void {
  sessionStorage.removeItem(key);
}
