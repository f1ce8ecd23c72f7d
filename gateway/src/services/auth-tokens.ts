// The rotation of an account's auth tokens: create a secondary one, promote it, or take it away, each with its audit row
// in one transaction. What this process remembers of the account's credentials is dropped at once; every other process
// forgets it within a second by itself.

import { actorOf, type Principal } from "../core/access/principal.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import { newAuthToken, sameSecret } from "../core/credentials/secrets.ts";
import { GatewayError } from "../core/errors.ts";
import type { AccountSid } from "../core/ids.ts";
import { writeAudit } from "../store/audit.ts";
import * as store from "../store/auth-tokens.ts";
import type { Database, Queryable } from "../store/database.ts";
import type { Authenticator } from "./authenticator.ts";
import { changeAccess } from "./change-access.ts";
import { ownKey } from "./own-key.ts";

export interface AuthTokenDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly authenticator: Pick<Authenticator, "forget">;
}

export interface TokenOwner {
  readonly principal: Principal;
  readonly accountSid: AccountSid;
}

export interface SecondaryToken {
  readonly token: string;
  readonly createdAt: Date;
}

/** A new secondary token, which authenticates beside the primary one. Rejects with `auth-token-exists`. */
export function createSecondaryToken(deps: AuthTokenDeps, owner: TokenOwner): Promise<SecondaryToken> {
  const token = newAuthToken();
  return changeAccess(deps, owner.accountSid, async (tx) => {
    const createdAt = await store.insertSecondaryToken(tx, deps.sealer, owner.accountSid, token);
    if (createdAt === null) throw new GatewayError("auth-token-exists", "Promote or delete the secondary token first.");
    await audit(tx, owner, "secondary.created");
    return { token, createdAt };
  });
}

/**
 * Takes the secondary token away. `shown`: the token that the caller has shown, if they have. Rejects with `not-found` when
 * there is none, and with `conflict` when it is the caller's own.
 */
export function removeSecondaryToken(deps: AuthTokenDeps, owner: TokenOwner, shown?: string): Promise<void> {
  return changeAccess(deps, owner.accountSid, async (tx) => {
    const held = shown === undefined ? null : await store.readSecondaryToken(tx, deps.sealer, owner.accountSid);
    if (shown !== undefined && held !== null && sameSecret(shown, held)) throw ownKey();
    if (!(await store.deleteSecondaryToken(tx, owner.accountSid))) throw noSecondaryToken();
    await audit(tx, owner, "secondary.deleted");
  });
}

/** The secondary token becomes the primary one, and the old primary ends. Rejects with `not-found` without one. */
export function promoteSecondaryToken(deps: AuthTokenDeps, owner: TokenOwner): Promise<store.PromotedToken> {
  return changeAccess(deps, owner.accountSid, async (tx) => {
    const promoted = await store.promoteSecondaryToken(tx, deps.sealer, owner.accountSid);
    if (promoted === null) throw noSecondaryToken();
    await audit(tx, owner, "secondary.promoted");
    return promoted;
  });
}

/** The primary token in the clear, which the audit log tells. */
export function revealPrimaryToken({ db, sealer }: AuthTokenDeps, owner: TokenOwner): Promise<string> {
  return db.transaction(async (tx) => {
    const token = await store.readPrimaryToken(tx, sealer, owner.accountSid);
    if (token === null) throw new GatewayError("not-found", "There is no such account.");
    await audit(tx, owner, "primary.revealed");
    return token;
  });
}

function audit(tx: Queryable, { principal, accountSid }: TokenOwner, verb: string): Promise<void> {
  const action = `auth-token.${verb}`;
  return writeAudit(tx, {
    accountSid,
    actor: actorOf(principal),
    action,
    subject: accountSid,
    before: null,
    after: null,
  });
}

function noSecondaryToken(): GatewayError {
  return new GatewayError("not-found", "The account has no secondary auth token.");
}
