// Checks one credential against the database. It must do the same work for a credential that exists and for one that
// does not, so that the time it takes tells nobody which SIDs there are.

import type { Credential } from "../../core/access/authorization.ts";
import type { Principal, Role } from "../../core/access/principal.ts";
import type { Clock } from "../../core/clock.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { isPersonalAccessToken, matchesHash, sameSecret } from "../../core/credentials/secrets.ts";
import { GatewayError } from "../../core/errors.ts";
import { type AccountSid, sidOf, type Uuid } from "../../core/ids.ts";
import { adminAudienceScope } from "../../core/oauth/scopes.ts";
import { findFirstActiveAccount, tokenContext } from "../../store/accounts.ts";
import {
  findAccessKey,
  findApiKey,
  findClient,
  findSealedTokens,
  type StoredAccessKey,
} from "../../store/credentials.ts";
import type { Queryable } from "../../store/database.ts";
import { findIssuedToken, type IssuedToken } from "../../store/issued-tokens.ts";
import { findTokenOwner } from "../../store/personal-access-tokens.ts";
import { findServiceAccountByUserId } from "../../store/service-accounts.ts";
import { findGrant, findPerson } from "../../store/user-grants.ts";
import { dashboardClientId } from "../oauth/client-metadata.ts";
import { isPersonSubject } from "../oauth/subjects.ts";
import type { AccessTokens } from "./access-tokens.ts";
import { createStrangerVerifier } from "./verify-stranger.ts";

export interface VerifierDeps {
  readonly db: Queryable;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly accessTokens: AccessTokens;
}

type Given<Kind extends Credential["kind"]> = Extract<Credential, { kind: Kind }>;

/** One query each, but for bearers, who may show several things. Resolves to null for a credential that is not right. */
export function createVerifier(deps: VerifierDeps): (credential: Credential) => Promise<Principal | null> {
  const verifyAuthToken = createTokenVerifier(deps);
  const verifyStranger = createStrangerVerifier(deps);
  return async (credential) => {
    switch (credential.kind) {
      case "auth-token": {
        const { principal, isOurs } = await verifyAuthToken(credential);
        if (principal !== null) return principal;
        // Asked for an account of ours as well, whose token is just wrong: the time must not tell which there are.
        const stranger = await verifyStranger({ user: sidOf("AC", credential.accountId), password: credential.token });
        return isOurs ? null : stranger;
      }
      case "stranger":
        return await verifyStranger(credential);
      case "api-key":
        return await verifyApiKey(deps, credential);
      case "access-key":
        return await verifyBearer(deps, credential);
      case "client":
        return await verifyClient(deps, credential);
    }
  };
}

function createTokenVerifier({ db, sealer }: VerifierDeps) {
  const nothing = sealer.seal("", "nothing");
  const open = (sealed: Buffer | null | undefined, context: string) =>
    sealed ? sealer.open(sealed, context) : sealer.open(nothing, "nothing");

  return async ({ accountId, token }: Given<"auth-token">): Promise<VerifiedToken> => {
    const stored = await findSealedTokens(db, accountId);
    const primary = sameSecret(token, open(stored?.auth_token_sealed, tokenContext(accountId, "primary")));
    const secondarySealed = stored?.secondary_auth_token_sealed;
    const secondary = sameSecret(token, open(secondarySealed, tokenContext(accountId, "secondary")));
    if (!stored || token === "" || !(primary || secondary)) return { principal: null, isOurs: stored !== null };
    const accountSid = sidOf<AccountSid>("AC", accountId);
    const principal = Object.freeze<Principal>({
      ...{ accountSid, accountStatus: stored.status, role: "owner" },
      ...{ credential: "auth-token", credentialId: null, requiresSignedRequests: stored.requires_signed_requests },
    });
    return { principal, isOurs: true };
  };
}

interface VerifiedToken {
  readonly principal: Principal | null;
  /** There is such an account. */
  readonly isOurs: boolean;
}

async function verifyApiKey({ db }: VerifierDeps, { keyId, secret }: Given<"api-key">): Promise<Principal | null> {
  const stored = await findApiKey(db, keyId);
  const right = matchesHash(secret, stored?.secretHash ?? NO_HASH);
  if (!stored || !right) return null;
  const { accountSid, accountStatus, requiresSignedRequests, policy } = stored;
  // Standard keys: everything but accounts and keys. Restricted keys: of that, what their policy lists.
  return Object.freeze<Principal>({
    ...{ accountSid, accountStatus, role: "operator" },
    ...{ credential: "api-key", credentialId: keyId, requiresSignedRequests },
    ...(policy === null ? {} : { policy: Object.freeze(policy) }),
  });
}

/** Any word that a bearer may show. Most are access keys, whose form is the operator's own; so those come first. */
async function verifyBearer(deps: VerifierDeps, credential: Given<"access-key">): Promise<Principal | null> {
  return (
    (await verifyAccessToken(deps, credential.key)) ??
    (await verifyAccessKey(deps, credential)) ??
    (await verifyPersonalAccessToken(deps, credential.key)) ??
    (await verifyIssuedToken(deps, credential.key))
  );
}

async function verifyAccessKey({ db, clock }: VerifierDeps, { key }: Given<"access-key">): Promise<Principal | null> {
  const stored = await findAccessKey(db, key, new Date(clock.nowMs()));
  return stored && principalOf(stored, "access-key");
}

/** What the client may do is what it may do now, not what it might when the token was issued. */
async function verifyAccessToken({ db, accessTokens }: VerifierDeps, token: string): Promise<Principal | null> {
  const issued = await accessTokens.verify(token);
  if (issued === null) return null;
  const stored = await findClient(db, issued.clientId);
  if (stored === null || stored.id !== issued.id) return null;
  // Tokens tell whole seconds: one of the same second may have been got with the new secret.
  const changedSeconds = Math.floor((stored.secretChangedAt?.getTime() ?? 0) / 1000);
  return issued.issuedAtSeconds < changedSeconds ? null : principalOf(stored, "client");
}

async function verifyClient({ db }: VerifierDeps, { clientId, secret }: Given<"client">): Promise<Principal | null> {
  const stored = await findClient(db, clientId);
  const hash = stored?.secretHash ?? null;
  const right = matchesHash(secret, hash ?? NO_HASH);
  return stored !== null && hash !== null && right ? principalOf(stored, "client") : null;
}

async function verifyPersonalAccessToken({ db, clock }: VerifierDeps, token: string): Promise<Principal | null> {
  if (!isPersonalAccessToken(token)) return null;
  const found = await findTokenOwner(db, token, new Date(clock.nowMs()));
  return found && principalOf({ ...found.owner, id: found.tokenId }, "personal-access-token");
}

/** A token of the authorization server: what its subject, or else its client, may do now. */
async function verifyIssuedToken({ db, clock }: VerifierDeps, token: string): Promise<Principal | null> {
  if (!issuedTokenForm.test(token)) return null;
  const issued = await findIssuedToken(db, token, new Date(clock.nowMs()));
  if (issued === null) return null;
  const principal = await holderOf(db, issued);
  return principal && Object.freeze<Principal>({ ...principal, scopes: issued.scopes });
}

async function holderOf(db: Queryable, { subject, clientId, scopes }: IssuedToken): Promise<Principal | null> {
  if (subject === null) {
    const client = await findClient(db, clientId);
    return client && principalOf(client, "client");
  }
  // Whoever let an application know who they are has not let it act for them.
  if (!scopes.includes(adminAudienceScope)) return null;
  if (isPersonSubject(subject)) {
    if (clientId === dashboardClientId) return await personPrincipal(db, subject);
    return await clientFor(db, clientId, subject);
  }
  const account = await findServiceAccountByUserId(db, subject);
  return account && principalOf(account, "service-account");
}

/** Rejects with `forbidden` for a person who has no role in any account. */
async function personPrincipal(db: Queryable, id: Uuid): Promise<Principal | null> {
  const person = await findPerson(db, id);
  if (person === null) return null;
  // Signed requests are asked of an account's own credentials.
  const rest = { credentialId: id, requiresSignedRequests: false } as const;
  if (person.administrator) {
    const account = await findFirstActiveAccount(db);
    return account && { ...account, role: "owner", credential: "admin", ...rest };
  }
  if (person.grant !== null) return { ...person.grant, credential: "user", ...rest };
  throw new GatewayError(
    "forbidden",
    "You have no role in any account any more. Ask an owner of the account to invite you.",
  );
}

/**
 * What an application that a person uses may do. Its account has registered it, and may have its secret and every token:
 * whatever the person allows it, it gets no further than by itself; and no further than the person does in that account.
 */
async function clientFor(db: Queryable, clientId: string, userId: Uuid): Promise<Principal | null> {
  const [client, person] = await Promise.all([findClient(db, clientId), findPerson(db, userId)]);
  if (client === null || person === null) return null;
  if (person.administrator) return principalOf(client, "client");
  const grant = await findGrant(db, client.accountSid, userId);
  return grant && principalOf({ ...client, role: lesserOf(client.role, grant.role) }, "client");
}

const rolesByReach: readonly Role[] = ["viewer", "sender", "operator", "owner"];

function lesserOf(one: Role, other: Role): Role {
  return rolesByReach.indexOf(one) < rolesByReach.indexOf(other) ? one : other;
}

function principalOf(
  stored: StoredAccessKey,
  credential: "access-key" | "client" | "service-account" | "personal-access-token",
): Principal {
  const { accountSid, accountStatus, requiresSignedRequests, role, id } = stored;
  return Object.freeze<Principal>({
    ...{ accountSid, accountStatus, role },
    ...{ credential, credentialId: id, requiresSignedRequests },
  });
}

const NO_HASH = Buffer.alloc(32);
/** 256 random bits, as the library oidc-provider writes them. */
const issuedTokenForm = /^[\w-]{43}$/;
