// Renewing the session's access token once it has run out. A refresh token may be shown once: a second time ends everything that
// came of its sign-in. A duplicated tab takes the session along with it, so what has been used is known to all tabs (by its hash
// alone: the token itself never leaves its tab), and one of them renews at a time.

import { refresh } from "./oidc.ts";
import { type Credential, session } from "./session.ts";

const key = "trunkline.renewed";
const rememberedMax = 50;
let renewing: Promise<void> | null = null;

/**
 * What to call with in place of a credential that was refused; null: that sign-in is over, and so is the session if it was
 * its own. Rejects when the gateway cannot be reached.
 */
export async function replacementOf(refused: Credential): Promise<Credential | null> {
  if (session.presentOf(refused) === refused) {
    if (refused.kind === "person" && refused.refreshToken !== null) {
      renewing ??= renew(refused, refused.refreshToken).finally(() => {
        renewing = null;
      });
      await renewing;
    } else session.end();
  }
  return session.presentOf(refused);
}

async function renew(refused: Credential, refreshToken: string): Promise<void> {
  // Only a secure origin has locks; people sign in on no other.
  const renewed = await navigator.locks.request(key, () => refreshOnce(refused, refreshToken));
  // Whoever signed out meanwhile stays so.
  if (session.presentOf(refused) !== refused) return;
  if (renewed === null) session.end();
  else session.renew(renewed);
}

async function refreshOnce(credential: Credential, refreshToken: string): Promise<Credential | null> {
  const hash = await hashOf(refreshToken);
  const used = readUsed();
  if (used.includes(hash)) return null;
  const renewed = await refresh(credential);
  try {
    localStorage.setItem(key, JSON.stringify([...used, hash].slice(-rememberedMax)));
  } catch (_storageIsOff) {
    // Then a duplicated tab ends the session of both, as the gateway has it.
  }
  return renewed;
}

function readUsed(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(stored) ? stored.map(String) : [];
  } catch (_notReadable) {
    return [];
  }
}

async function hashOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
