// The welcome of a person who has just started a gateway on their own machine: a link that the terminal shows, and that hands
// the account's credentials to the dashboard once. Who only asks gets nothing: the link's token proves that one can read the
// terminal. It exists only where the gateway keeps the credentials itself and nobody else can reach it.

import { randomBytes } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { hashSecret, matchesHash } from "../core/credentials/secrets.ts";
import type { BootstrapResult } from "./bootstrap/apply.ts";
import { findCredentials } from "./bootstrap/credentials-file.ts";

export interface WelcomeDeps {
  readonly clock: Clock;
  readonly dataDir: string;
  readonly account: BootstrapResult;
  /** Nobody but this machine reaches the gateway, and it says so of itself. */
  readonly isPrivate: boolean;
}

export interface WelcomeCredentials {
  readonly accountSid: string;
  readonly authToken: string;
  readonly accessKey: string | null;
  readonly phoneNumbers: readonly string[];
}

export interface Welcome {
  /** Where the dashboard is: with the token in the fragment, which browsers send nowhere; null where there is no welcome. */
  link(url: string): string | null;
  /** Null: not this token, not any more, or not a second time. */
  redeem(token: string): Promise<WelcomeCredentials | null>;
}

const lifetimeMs = 60 * 60 * 1000;

export function createWelcome({ clock, dataDir, account, isPrivate }: WelcomeDeps): Welcome {
  const token = randomBytes(32).toString("base64url");
  const exists = isPrivate && account.credentialsFile !== null;
  let hash = exists ? hashSecret(token) : null;
  const endsMs = clock.nowMs() + lifetimeMs;
  return {
    link: (url) => (exists ? `${url}/#welcome=${token}` : null),
    async redeem(given) {
      if (hash === null || clock.nowMs() >= endsMs || !matchesHash(given, hash)) return null;
      hash = null;
      const kept = await findCredentials(dataDir, account.accountSid);
      if (kept === null) return null;
      const { accountSid, authToken, accessKey } = kept.credentials;
      return { accountSid, authToken, accessKey, phoneNumbers: account.phoneNumbers };
    },
  };
}
