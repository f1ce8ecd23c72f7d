// Checks one credential against the database. It must do the same work for a credential that exists and for one that
// does not, so that the time it takes tells nobody which SIDs there are.

import type { Credential } from "../../core/access/authorization.ts";
import type { Principal } from "../../core/access/principal.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { matchesHash, sameSecret } from "../../core/credentials/secrets.ts";
import { type AccountSid, sidOf } from "../../core/ids.ts";
import { tokenContext } from "../../store/accounts.ts";
import { findAccessKey, findApiKey, findSealedTokens } from "../../store/credentials.ts";
import type { Queryable } from "../../store/database.ts";

export interface VerifierDeps {
  readonly db: Queryable;
  readonly sealer: Sealer;
}

/** One query each. Resolves to null for a credential that is not right. */
export function createVerifier({ db, sealer }: VerifierDeps): (credential: Credential) => Promise<Principal | null> {
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
