// Says who is calling. Verified credentials are remembered for less than a second, so that a busy caller costs one
// lookup a second, and a revoked credential is refused everywhere within that second. Never logs a credential.

import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { basicAuthorization, type Credential, parseAuthorization } from "../core/access/authorization.ts";
import { createFailureLimit } from "../core/access/failure-limit.ts";
import type { Principal } from "../core/access/principal.ts";
import type { AccountContext } from "../core/accounts/account.ts";
import type { Clock } from "../core/clock.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import { hashSecret, matchesHash, sameSecret } from "../core/credentials/secrets.ts";
import { GatewayError } from "../core/errors.ts";
import { type AccountSid, canonicalSid, isSid, sidOf } from "../core/ids.ts";
import { findSubaccount, tokenContext } from "../store/accounts.ts";
import { findAccessKey, findApiKey, findSealedTokens } from "../store/credentials.ts";
import type { Queryable } from "../store/database.ts";

export interface Authenticator {
  /** The principal of a header that was verified within the last moments; costs about a microsecond. */
  tryCached(authorization: string | undefined): Principal | undefined;
  /**
   * The principal of an Authorization header: Basic (`AC…` or `SK…`), Bearer or bare access key. Rejects with
   * GatewayError `unauthenticated`, or `rate-limited` (`values.retryAfterSeconds`) after too many failures.
   * A suspended or closed account passes: see `accountStatus`.
   */
  authenticate(authorization: string | undefined, remoteAddress: string): Promise<Principal>;
  authenticateBasic(user: string, password: string, remoteAddress: string): Promise<Principal>;
  authenticateKey(key: string, remoteAddress: string): Promise<Principal>;
  /** The caller's own account, or a direct subaccount for auth tokens. Rejects with `not-found` otherwise. */
  accessToAccount(principal: Principal, requestedSid: string): Promise<AccountContext>;
  /** Drops what is remembered of an account: call it after its credentials or its status change. */
  forget(accountSid: AccountSid): void;
}

export interface AuthenticatorDeps {
  readonly db: Queryable;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Logger;
}

const REMEMBERED_MS = 900;
const MAX_REMEMBERED = 10_000;
const FAILURES = { windowMs: 60_000, maxPerPair: 20, maxPerAddress: 300, maxCounters: 10_000 };

interface Remembered<Value> {
  readonly value: Value;
  readonly sinceMs: number;
}

export function createAuthenticator(deps: AuthenticatorDeps): Authenticator {
  const { db, clock, log } = deps;
  const verify = createVerifier(deps);
  const failures = createFailureLimit({ clock, ...FAILURES });
  const principals = createMemory<Principal>(clock);
  const subaccounts = createMemory<AccountContext>(clock);
  const flights = new Map<string, Promise<Principal | null>>();
  // Digests of credentials that have been right: they are looked up even while their pair is blocked, so that one
  // stale client behind an address cannot shut out a working one.
  const everRight = new LRUCache<string, true>({ max: MAX_REMEMBERED });
  let epoch = 0;

  async function lead(header: string, credential: Credential): Promise<Principal | null> {
    const startedAtMs = clock.nowMs();
    const startedIn = epoch;
    const principal = await verify(credential);
    // A lookup that began before a forget() may have seen the old state.
    if (principal && startedIn === epoch) principals.remember(header, principal, startedAtMs);
    if (principal) everRight.set(digestOf(header), true);
    else everRight.delete(digestOf(header));
    return principal;
  }

  /** One lookup for all who ask at once with one credential. */
  async function lookUp(header: string, credential: Credential, remoteAddress: string): Promise<Principal | null> {
    const subject = subjectOf(credential);
    const flight = flights.get(header);
    if (flight !== undefined) {
      const principal = await flight;
      if (!principal) failures.add(remoteAddress, subject);
      return principal;
    }
    // The first counts as failed until it is known to be right, so that a volley of guesses does not slip through.
    failures.add(remoteAddress, subject);
    const mine = lead(header, credential);
    flights.set(header, mine);
    try {
      const principal = await mine;
      if (principal) failures.takeBack(remoteAddress, subject);
      return principal;
    } catch (error) {
      // The database failed, not the caller.
      failures.takeBack(remoteAddress, subject);
      throw error;
    } finally {
      if (flights.get(header) === mine) flights.delete(header);
    }
  }

  async function authenticate(authorization: string | undefined, remoteAddress: string): Promise<Principal> {
    const remembered = principals.recall(authorization);
    if (remembered) return remembered;
    const credential = parseAuthorization(authorization);
    if (authorization === undefined || credential === null) throw unauthenticated();
    const waitMs = failures.blockedForMs(remoteAddress, subjectOf(credential));
    if (waitMs > 0 && !everRight.has(digestOf(authorization))) throw rateLimited(waitMs);
    const principal = await lookUp(authorization, credential, remoteAddress);
    if (principal) return principal;
    if (failures.blockedForMs(remoteAddress, subjectOf(credential)) > 0) {
      log.warn({ remoteAddress, subject: subjectOf(credential) }, "too many failed authentications");
    }
    throw unauthenticated();
  }

  return {
    tryCached: principals.recall,
    authenticate,
    authenticateBasic: (user, password, remoteAddress) =>
      authenticate(basicAuthorization(user, password), remoteAddress),
    authenticateKey: (key, remoteAddress) => authenticate(`Bearer ${key}`, remoteAddress),
    async accessToAccount(principal, requestedSid) {
      const sid = isSid(requestedSid, "AC") ? canonicalSid<AccountSid>(requestedSid) : null;
      if (sid === principal.accountSid) return { accountSid: sid, accountStatus: principal.accountStatus };
      if (sid === null || principal.credential !== "auth-token") throw accountNotFound(requestedSid);
      const key = `${principal.accountSid} ${sid}`;
      const remembered = subaccounts.recall(key);
      if (remembered) return remembered;
      const startedAtMs = clock.nowMs();
      const startedIn = epoch;
      const found = await findSubaccount(db, principal.accountSid, sid);
      if (!found) throw accountNotFound(requestedSid);
      if (startedIn === epoch) subaccounts.remember(key, found, startedAtMs);
      return found;
    },
    forget(accountSid) {
      epoch += 1;
      flights.clear();
      principals.forgetAccount(accountSid);
      subaccounts.forgetAccount(accountSid);
    },
  };
}

interface Memory<Value extends AccountContext> {
  recall(key: string | undefined): Value | undefined;
  remember(key: string, value: Value, sinceMs: number): void;
  forgetAccount(accountSid: AccountSid): void;
}

function createMemory<Value extends AccountContext>(clock: Clock): Memory<Value> {
  const entries = new LRUCache<string, Remembered<Value>>({ max: MAX_REMEMBERED });
  return {
    recall(key) {
      const entry = key === undefined ? undefined : entries.get(key);
      if (!entry) return undefined;
      const ageMs = clock.nowMs() - entry.sinceMs;
      return ageMs >= 0 && ageMs < REMEMBERED_MS ? entry.value : undefined;
    },
    remember(key, value, sinceMs) {
      entries.set(key, { value, sinceMs });
    },
    forgetAccount(accountSid) {
      for (const [key, { value }] of [...entries.entries()]) {
        if (value.accountSid === accountSid) entries.delete(key);
      }
    },
  };
}

/** Checks one credential against the database: one query and the same comparisons whether it exists or not. */
function createVerifier({ db, sealer }: AuthenticatorDeps): (credential: Credential) => Promise<Principal | null> {
  const nothing = sealer.seal("", "nothing");
  const open = (sealed: Buffer | null | undefined, context: string) =>
    sealed ? sealer.open(sealed, context) : sealer.open(nothing, "nothing");

  return async (credential) => {
    if (credential.kind === "auth-token") {
      const { accountId, token } = credential;
      const stored = await findSealedTokens(db, accountId);
      const primary = sameSecret(token, open(stored?.auth_token_sealed, tokenContext(accountId, "primary")));
      const secondarySealed = stored?.secondary_auth_token_sealed;
      const secondary = sameSecret(token, open(secondarySealed, tokenContext(accountId, "secondary")));
      if (!stored || token === "" || !(primary || secondary)) return null;
      const accountSid = sidOf<AccountSid>("AC", accountId);
      return Object.freeze<Principal>({
        ...{ accountSid, accountStatus: stored.status, role: "owner" },
        ...{ credential: "auth-token", credentialId: null },
      });
    }
    if (credential.kind === "api-key") {
      const stored = await findApiKey(db, credential.keyId);
      const right = matchesHash(credential.secret, stored?.secretHash ?? NO_HASH);
      if (!stored || !right) return null;
      const { accountSid, accountStatus } = stored;
      // Standard keys: everything but accounts and keys.
      return Object.freeze<Principal>({
        ...{ accountSid, accountStatus, role: "operator" },
        ...{ credential: "api-key", credentialId: credential.keyId },
      });
    }
    const stored = await findAccessKey(db, credential.key);
    if (!stored) return null;
    const { accountSid, accountStatus, role, id } = stored;
    return Object.freeze<Principal>({ accountSid, accountStatus, role, credential: "access-key", credentialId: id });
  };
}

const NO_HASH = Buffer.alloc(32);

/** What failures are counted for. An access key names no account: guesses at keys count for their address. */
function subjectOf(credential: Credential): string {
  if (credential.kind === "auth-token") return credential.accountId;
  return credential.kind === "api-key" ? credential.keyId : `access-key ${digestOf(credential.key).slice(0, 8)}`;
}

function digestOf(text: string): string {
  return hashSecret(text).toString("base64");
}

function unauthenticated(): GatewayError {
  return new GatewayError("unauthenticated", "The credentials are missing or wrong.");
}

function rateLimited(waitMs: number): GatewayError {
  const retryAfterSeconds = String(Math.ceil(waitMs / 1000));
  return new GatewayError("rate-limited", `Too many failed authentications. Wait ${retryAfterSeconds} seconds.`, {
    values: { retryAfterSeconds },
  });
}

function accountNotFound(requestedSid: string): GatewayError {
  return new GatewayError("not-found", "There is no such account, or these credentials do not reach it.", {
    values: { sid: requestedSid },
  });
}
