// Says who is calling. Verified credentials are remembered for less than a second, so that a busy caller costs one
// lookup a second, and a revoked credential is refused everywhere within that second. Never logs a credential.

import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { basicAuthorization, type Credential, parseAuthorization } from "../core/access/authorization.ts";
import { createFailureLimit } from "../core/access/failure-limit.ts";
import type { Principal } from "../core/access/principal.ts";
import { createShortMemory } from "../core/access/short-memory.ts";
import type { Clock } from "../core/clock.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import { hashSecret } from "../core/credentials/secrets.ts";
import { GatewayError } from "../core/errors.ts";
import { type AccountSid, canonicalSid, isSid } from "../core/ids.ts";
import { isStorable } from "../core/storable-text.ts";
import { findAccountStatus, findSubaccount } from "../store/accounts.ts";
import type { Queryable } from "../store/database.ts";
import { findGrant, type ReachedAccount } from "../store/user-grants.ts";
import { type AccessTokens, createAccessTokens } from "./authentication/access-tokens.ts";
import { createVerifier } from "./authentication/verify-credential.ts";
import type { KeyUses } from "./key-uses.ts";
import type { SignedTokenClaims, SignedTokens } from "./oauth/signed-tokens.ts";

export interface Authenticator {
  /** The principal of a header that was verified within the last moments; costs about a microsecond. */
  tryCached(authorization: string | undefined): Principal | undefined;
  /**
   * The principal of an Authorization header: Basic (`AC…`, `SK…`, or a name that is the caller's own: see `accountAlias`), Bearer or bare access key, access token (of Twilio's or
   * PingOne's token endpoint, or of the authorization server), personal access token. Rejects
   * with GatewayError `unauthenticated`, or `rate-limited` (`values.retryAfterSeconds`) after too many failures.
   * A suspended or closed account passes: see `accountStatus`. So does a restricted API key: see `policy`. What an access
   * token of the authorization server was issued for: see `scopes`, and hasAdminAudience() for who demands it.
   */
  authenticate(authorization: string | undefined, remoteAddress: string): Promise<Principal>;
  authenticateBasic(user: string, password: string, remoteAddress: string): Promise<Principal>;
  authenticateKey(key: string, remoteAddress: string): Promise<Principal>;
  /** An OAuth client by its id and secret. Rejects like `authenticate`. */
  authenticateClient(clientId: string, secret: string, remoteAddress: string): Promise<Principal>;
  /**
   * An access token for an OAuth client, by its id and secret. With `claims` it says what it is, signed with the published
   * keys (see SignedTokens). Rejects like `authenticate`, and with `account-not-active` for a client whose account is
   * suspended or closed.
   */
  grantToken(
    clientId: string,
    secret: string,
    remoteAddress: string,
    claims?: SignedTokenClaims,
  ): Promise<GrantedToken>;
  /**
   * The caller's own account, a direct subaccount for auth tokens, any for administrators, for users one in which they have
   * a role; with what the caller is there, which may be less than in their own. Rejects with `not-found` otherwise.
   */
  accessToAccount(principal: Principal, requestedSid: string): Promise<ReachedAccount>;
  /** Drops what is remembered of an account: call it after its credentials or its status change. */
  forget(accountSid: AccountSid): void;
}

export interface GrantedToken {
  readonly principal: Principal;
  readonly accessToken: string;
  readonly expiresInSeconds: number;
}

export interface AuthenticatorDeps {
  readonly db: Queryable;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of credentials that were right when they were looked up, so about once a second of a busy one. Absent: nobody. */
  readonly keyUses?: Pick<KeyUses, "noteCaller">;
  /** Absent: it neither grants nor takes signed access tokens. */
  readonly signedTokens?: SignedTokens;
}

const MEMORY = { lifetimeMs: 900, maxEntries: 10_000 };
const clientIdCharactersMax = 256;
const FAILURES = { windowMs: 60_000, maxPerPair: 20, maxPerAddress: 300, maxCounters: 10_000 };

export function createAuthenticator(deps: AuthenticatorDeps): Authenticator {
  const accessTokens = createAccessTokens(deps);
  const gate = createGate(deps, accessTokens);
  const reach = createReach(deps);
  const authenticateClient = (clientId: string, secret: string, remoteAddress: string): Promise<Principal> => {
    if (clientId.length > clientIdCharactersMax || !isStorable(clientId)) return Promise.reject(unauthenticated());
    return gate.admit(clientKey(clientId, secret), { kind: "client", clientId, secret }, remoteAddress);
  };
  return {
    tryCached: gate.tryCached,
    authenticate: gate.authenticate,
    authenticateBasic: (user, password, remoteAddress) =>
      gate.authenticate(basicAuthorization(user, password), remoteAddress),
    authenticateKey: (key, remoteAddress) => gate.authenticate(`Bearer ${key}`, remoteAddress),
    authenticateClient,
    async grantToken(clientId, secret, remoteAddress, claims) {
      const principal = await authenticateClient(clientId, secret, remoteAddress);
      if (principal.accountStatus !== "active" || principal.credentialId === null) throw notActive(principal);
      const client = { clientId, id: principal.credentialId };
      const granted = claims === undefined ? accessTokens.issue(client) : accessTokens.issueSigned(client, claims);
      return { principal, ...(await granted) };
    },
    async accessToAccount(principal, requestedSid) {
      const sid = isSid(requestedSid, "AC") ? canonicalSid<AccountSid>(requestedSid) : null;
      if (sid === principal.accountSid) {
        return { accountSid: sid, accountStatus: principal.accountStatus, role: principal.role };
      }
      const found = sid && (await reach.find(principal, sid));
      if (!found) throw accountNotFound(requestedSid);
      return found;
    },
    forget(accountSid) {
      gate.forget(accountSid);
      reach.forget(accountSid);
    },
  };
}

/** Lets in who has a right credential, at the cost of one lookup for all who ask at once, and counts failures. */
function createGate({ db, sealer, clock, log, keyUses }: AuthenticatorDeps, accessTokens: AccessTokens) {
  const verify = createVerifier({ db, sealer, clock, accessTokens });
  const failures = createFailureLimit({ clock, ...FAILURES });
  const principals = createShortMemory<Principal>({ clock, ...MEMORY });
  const flights = new Map<string, Promise<Principal | null>>();
  // Digests of credentials that have been right: they are looked up even while their pair is blocked, so that one
  // stale client behind an address cannot shut out a working one.
  const everRight = new LRUCache<string, true>({ max: MEMORY.maxEntries });

  async function verifyAndRemember(header: string, credential: Credential): Promise<Principal | null> {
    const remember = principals.begin(header);
    const principal = await verify(credential);
    if (principal) {
      keyUses?.noteCaller(principal);
      remember(principal);
      everRight.set(digestOf(header), true);
    } else everRight.delete(digestOf(header));
    return principal;
  }

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
    const mine = verifyAndRemember(header, credential);
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
    return await admit(authorization, credential, remoteAddress);
  }

  /** `header`: what the credential is remembered by; the same text means the same credential. */
  async function admit(header: string, credential: Credential, remoteAddress: string): Promise<Principal> {
    const subject = subjectOf(credential);
    const waitMs = failures.blockedForMs(remoteAddress, subject);
    if (waitMs > 0 && !everRight.has(digestOf(header))) throw rateLimited(waitMs);
    const principal = await lookUp(header, credential, remoteAddress);
    if (principal) return principal;
    if (failures.blockedForMs(remoteAddress, subject) > 0) {
      log.warn({ remoteAddress, subject }, "too many failed authentications");
    }
    throw unauthenticated();
  }

  return {
    tryCached: principals.recall,
    authenticate,
    admit,
    forget(accountSid: AccountSid) {
      flights.clear();
      principals.forget(accountSid);
    },
  };
}

/** Who reaches which other account. That someone does not is not remembered: it may be made the next moment. */
function createReach({ db, clock }: Pick<AuthenticatorDeps, "db" | "clock">) {
  const memory = createShortMemory<ReachedAccount>({ clock, ...MEMORY });

  async function lookUp(principal: Principal, sid: AccountSid): Promise<ReachedAccount | null> {
    const { credential, credentialId, accountSid, role } = principal;
    if (credential === "auth-token") {
      const below = await findSubaccount(db, accountSid, sid);
      return below && { ...below, role };
    }
    if (credential === "user") return credentialId && (await findGrant(db, sid, credentialId));
    const accountStatus = credential === "admin" ? await findAccountStatus(db, sid) : null;
    return accountStatus && { accountSid: sid, accountStatus, role };
  }

  return {
    forget: memory.forget,
    async find(principal: Principal, sid: AccountSid): Promise<ReachedAccount | null> {
      const key = `${principal.credential} ${principal.credentialId} ${principal.accountSid} ${sid}`;
      const remembered = memory.recall(key);
      if (remembered) return remembered;
      const remember = memory.begin(key);
      const found = await lookUp(principal, sid);
      if (found) remember(found);
      return found;
    },
  };
}

/** What failures are counted for. An access key names no account: guesses at keys count for their address. */
function subjectOf(credential: Credential): string {
  if (credential.kind === "auth-token") return credential.accountId;
  if (credential.kind === "client") return `client ${digestOf(credential.clientId)}`;
  if (credential.kind === "stranger") return `stranger ${digestOf(credential.password).slice(0, 8)}`;
  return credential.kind === "api-key" ? credential.keyId : `access-key ${digestOf(credential.key).slice(0, 8)}`;
}

/** What a client's credentials are remembered by: with NUL characters, so that no header is the same. */
function clientKey(clientId: string, secret: string): string {
  return `client\0${clientId}\0${secret}`;
}

function digestOf(text: string): string {
  return hashSecret(text).toString("base64");
}

function unauthenticated(): GatewayError {
  return new GatewayError("unauthenticated", "The credentials are missing or wrong.");
}

function notActive({ accountStatus }: Principal): GatewayError {
  return new GatewayError("account-not-active", `The account is ${accountStatus}.`);
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
