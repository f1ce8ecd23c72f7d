// Callers with a name of their own for the account: identity platforms that were pointed here in place of Twilio, whatever
// stands in their field for the account. The password decides alone. Must never let a guess at the name help.

import type { Principal, Role } from "../../core/access/principal.ts";
import type { Clock } from "../../core/clock.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { sameSecret } from "../../core/credentials/secrets.ts";
import { isSid, type Uuid, uuidOf } from "../../core/ids.ts";
import { isStorable } from "../../core/storable-text.ts";
import {
  type CredentialAccount,
  findAccessKey,
  findAccountByToken,
  findSealedTokens,
} from "../../store/credentials.ts";
import type { Queryable } from "../../store/database.ts";
import { admittingProviders } from "../../store/upstream-credentials.ts";

export interface StrangerDeps {
  readonly db: Queryable;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

interface Shown {
  readonly user: string;
  readonly password: string;
}

/**
 * By an access key as the password (or, without one, as the user), an account's auth token (for users that are no SID), or the
 * credentials of a provider that lets its upstream's callers in. Resolves to null for anything else, and for what would be
 * more than one account's.
 */
export function createStrangerVerifier(deps: StrangerDeps): (shown: Shown) => Promise<Principal | null> {
  return async (shown) => {
    if (!isStorable(shown.user)) return null;
    const secret = shown.password === "" ? shown.user : shown.password;
    const key = await findAccessKey(deps.db, secret, new Date(deps.clock.nowMs()));
    if (key !== null) return known(shown, key, { role: key.role, credential: "access-key", credentialId: key.id });
    if (shown.password === "") return null;
    const account = await findAccountByToken(deps.db, secret);
    // An SID says which account is meant: then its own token is the right one, and no other account's.
    if (account !== null && !isSid(shown.user, "AC"))
      return known(shown, account, { role: "owner", credential: "auth-token", credentialId: null });
    return await verifyProvider(deps, shown);
  };
}

/** It could send through that upstream without us: here it may send, and read what it has sent. */
async function verifyProvider({ db, sealer }: StrangerDeps, shown: Shown): Promise<Principal | null> {
  const all = await admittingProviders(db, sealer, shown.user);
  const right = all.filter(({ secrets }) => sameSecret(secrets["authToken"] ?? "", shown.password));
  const [provider] = right;
  if (provider === undefined || right.some(({ accountSid }) => accountSid !== provider.accountSid)) return null;
  const stored = await findSealedTokens(db, uuidOf(provider.accountSid));
  if (stored === null) return null;
  const account = {
    accountSid: provider.accountSid,
    accountStatus: stored.status,
    requiresSignedRequests: stored.requires_signed_requests,
  };
  return known(shown, account, { role: "sender", credential: "provider", credentialId: provider.id });
}

function known(
  { user }: Shown,
  { accountSid, accountStatus, requiresSignedRequests }: CredentialAccount,
  proof: {
    readonly role: Role;
    readonly credential: Principal["credential"];
    readonly credentialId: Uuid | null;
  },
): Principal {
  return Object.freeze<Principal>({ accountSid, accountStatus, requiresSignedRequests, ...proof, accountAlias: user });
}
