// What the services about people have in common: who acts, and what they do it with.

import type { Principal } from "../../core/access/principal.ts";
import type { Clock } from "../../core/clock.ts";
import { GatewayError } from "../../core/errors.ts";
import type { AccountSid, Uuid } from "../../core/ids.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { deleteOidcRecordsOfSubject } from "../../store/oidc-records.ts";
import { endSignIns } from "../../store/users.ts";
import type { Authenticator } from "../authenticator.ts";
import type { SignIn } from "../oauth/sign-in.ts";

export interface PeopleDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly authenticator: Pick<Authenticator, "forget">;
  readonly signIn: SignIn;
}

/** Who acts in which account; that they may has been checked. */
export interface AccountActor {
  readonly principal: Principal;
  readonly accountSid: AccountSid;
}

const passwordCharactersMin = 10;

export function isGoodPassword(password: string): boolean {
  return password.length >= passwordCharactersMin;
}

/** Throws `invalid-parameter`. */
export function demandGoodPassword(password: string): void {
  if (isGoodPassword(password)) return;
  throw new GatewayError("invalid-parameter", `A password takes at least ${passwordCharactersMin} characters.`);
}

/** Ends every sign-in, token and grant of a person: they must sign in anew, if they may. */
export async function signOutEverywhere(tx: Queryable, userId: Uuid): Promise<void> {
  // First: a request under way must not store anew what is deleted here.
  await endSignIns(tx, userId);
  await deleteOidcRecordsOfSubject(tx, userId);
}

/** Are these the person's own credentials? */
export function isSelf(principal: Principal, userId: Uuid): boolean {
  return personOf(principal) === userId;
}

/** Null: it is no person's credential. */
export function personOf({ credential, credentialId }: Principal): Uuid | null {
  return credential === "user" || credential === "admin" ? credentialId : null;
}

export function noSuchPerson(): GatewayError {
  return new GatewayError("not-found", "There is no such person here, or not any more.");
}
