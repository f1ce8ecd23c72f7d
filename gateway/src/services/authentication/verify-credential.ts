// Checks one credential against the database. It must do the same work for a credential that exists and for one that
// does not, so that the time it takes tells nobody which SIDs there are.

import type { Credential } from "../../core/access/authorization.ts";
import type { Principal } from "../../core/access/principal.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { matchesHash, sameSecret } from "../../core/credentials/secrets.ts";
import { type AccountSid, sidOf } from "../../core/ids.ts";
import { tokenContext } from "../../store/accounts.ts";
import {
  findAccessKey,
  findApiKey,
  findClient,
  findSealedTokens,
  type StoredAccessKey,
} from "../../store/credentials.ts";
import type { Queryable } from "../../store/database.ts";
import type { AccessTokens } from "./access-tokens.ts";

export interface VerifierDeps {
  readonly db: Queryable;
  readonly sealer: Sealer;
  readonly accessTokens: AccessTokens;
}

type Given<Kind extends Credential["kind"]> = Extract<Credential, { kind: Kind }>;

/** One query each. Resolves to null for a credential that is not right. */
export function createVerifier(deps: VerifierDeps): (credential: Credential) => Promise<Principal | null> {
  const verifyAuthToken = createTokenVerifier(deps);
  return async (credential) => {
    switch (credential.kind) {
      case "auth-token":
        return await verifyAuthToken(credential);
      case "api-key":
        return await verifyApiKey(deps, credential);
      case "access-key":
        return (await verifyAccessToken(deps, credential.key)) ?? (await verifyAccessKey(deps, credential));
      case "client":
        return await verifyClient(deps, credential);
    }
  };
}

function createTokenVerifier({ db, sealer }: VerifierDeps) {
  const nothing = sealer.seal("", "nothing");
  const open = (sealed: Buffer | null | undefined, context: string) =>
    sealed ? sealer.open(sealed, context) : sealer.open(nothing, "nothing");

  return async ({ accountId, token }: Given<"auth-token">): Promise<Principal | null> => {
    const stored = await findSealedTokens(db, accountId);
    const primary = sameSecret(token, open(stored?.auth_token_sealed, tokenContext(accountId, "primary")));
    const secondarySealed = stored?.secondary_auth_token_sealed;
    const secondary = sameSecret(token, open(secondarySealed, tokenContext(accountId, "secondary")));
    if (!stored || token === "" || !(primary || secondary)) return null;
    const accountSid = sidOf<AccountSid>("AC", accountId);
    return Object.freeze<Principal>({
      ...{ accountSid, accountStatus: stored.status, role: "owner" },
      ...{ credential: "auth-token", credentialId: null, requiresSignedRequests: stored.requires_signed_requests },
    });
  };
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

async function verifyAccessKey({ db }: VerifierDeps, { key }: Given<"access-key">): Promise<Principal | null> {
  const stored = await findAccessKey(db, key);
  return stored && principalOf(stored, "access-key");
}

/** What the client may do is what it may do now, not what it might when the token was issued. */
async function verifyAccessToken({ db, accessTokens }: VerifierDeps, token: string): Promise<Principal | null> {
  const issued = await accessTokens.verify(token);
  if (issued === null) return null;
  const stored = await findClient(db, issued.clientId);
  return stored !== null && stored.id === issued.id ? principalOf(stored, "client") : null;
}

async function verifyClient({ db }: VerifierDeps, { clientId, secret }: Given<"client">): Promise<Principal | null> {
  const stored = await findClient(db, clientId);
  const right = matchesHash(secret, stored?.secretHash ?? NO_HASH);
  return stored !== null && right ? principalOf(stored, "client") : null;
}

function principalOf(stored: StoredAccessKey, credential: "access-key" | "client"): Principal {
  const { accountSid, accountStatus, requiresSignedRequests, role, id } = stored;
  return Object.freeze<Principal>({
    ...{ accountSid, accountStatus, role },
    ...{ credential, credentialId: id, requiresSignedRequests },
  });
}

const NO_HASH = Buffer.alloc(32);
