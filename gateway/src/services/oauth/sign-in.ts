// People prove themselves by e-mail address and password. It takes as long for an address that nobody has, and too many
// failures must wait, wherever a password is asked for. Never logs a password or an address.

import type { Logger } from "pino";
import { createFailureLimit } from "../../core/access/failure-limit.ts";
import type { Clock } from "../../core/clock.ts";
import { hashPassword, verifyPassword } from "../../core/credentials/password.ts";
import { hashSecret } from "../../core/credentials/secrets.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Uuid } from "../../core/ids.ts";
import { isStorable } from "../../core/storable-text.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { findPerson } from "../../store/user-grants.ts";
import { findUserByEmail, lockUser, noteSignIn, type User, type UserWithPassword } from "../../store/users.ts";
import { auditSignIn } from "./audit-sign-in.ts";

interface ProvedSignIn {
  readonly userId: Uuid;
  /** In seconds since the Unix epoch. */
  readonly signedInAt: number;
}

export interface SignIn {
  /**
   * Rejects with GatewayError `unauthenticated` (also, with the reason, for who has proved themselves but may not sign in), or `rate-limited` (`values.retryAfterSeconds`).
   */
  checkPassword(email: string, password: string, remoteAddress: string): Promise<ProvedSignIn>;
  /**
   * Counts a try of something that only its owner knows, as wrong passwords are counted: `work` resolves to null when it was
   * wrong. `subject`: the e-mail address, or what else is tried. Rejects with `rate-limited`, and as `work` does.
   */
  attempt<Result>(subject: string, remoteAddress: string, work: () => Promise<Result | null>): Promise<Result | null>;
}

const failuresKept = { windowMs: 300_000, maxPerPair: 10, maxPerAddress: 100, maxCounters: 10_000 };
const charactersMax = 1024;

export function createSignIn(deps: { readonly db: Database; readonly clock: Clock; readonly log: Logger }): SignIn {
  const { db, clock, log } = deps;
  const failures = createFailureLimit({ clock, ...failuresKept });
  let nobody: Promise<string> | undefined;

  async function find(email: string, password: string): Promise<UserWithPassword | null> {
    const isText = email.length <= charactersMax && password.length <= charactersMax && isStorable(email);
    const user = isText ? await findUserByEmail(db, email) : null;
    nobody ??= hashPassword("");
    const isRight = await verifyPassword(isText ? password : "", user?.passwordHash ?? (await nobody));
    return isRight ? user : null;
  }

  async function attempt<Result>(
    what: string,
    remoteAddress: string,
    work: () => Promise<Result | null>,
  ): Promise<Result | null> {
    const subject = hashSecret(what).toString("base64");
    const waitMs = failures.blockedForMs(remoteAddress, subject);
    if (waitMs > 0) throw tooMany(waitMs);
    // Counts as failed until it is known to be right, so that a volley of guesses does not slip through.
    failures.add(remoteAddress, subject);
    const result = await work().catch((error: unknown) => {
      failures.takeBack(remoteAddress, subject);
      throw error;
    });
    if (result !== null) failures.takeBack(remoteAddress, subject);
    else if (failures.blockedForMs(remoteAddress, subject) > 0) log.warn({ remoteAddress }, "too many failed sign-ins");
    return result;
  }

  return {
    attempt,
    async checkPassword(givenEmail, password, remoteAddress) {
      const email = givenEmail.trim().toLowerCase();
      const proved = await attempt(email, remoteAddress, () => find(email, password));
      if (proved === null) throw wrong();
      return await db.transaction(async (tx) => {
        const user = await lockUser(tx, proved.id);
        // The password was changed while it was being checked.
        if (user === null || user.passwordHash !== proved.passwordHash) throw wrong();
        await demandAccess(tx, user);
        const signedInAt = await noteSignIn(tx, user.id, new Date(clock.nowMs()));
        await auditSignIn(tx, user, remoteAddress);
        return { userId: user.id, signedInAt };
      });
    },
  };
}

async function demandAccess(tx: Queryable, { id, administrator, disabledAt }: User): Promise<void> {
  if (disabledAt !== null) {
    throw refused("Your access to this gateway is disabled. Ask one of its administrators.");
  }
  if (!administrator && ((await findPerson(tx, id))?.grant ?? null) === null) {
    throw refused("You have no role in any account any more. Ask an owner of the account to invite you.");
  }
}

function wrong(): GatewayError {
  return refused("This e-mail address or password is not right.");
}

function refused(message: string): GatewayError {
  return new GatewayError("unauthenticated", message);
}

function tooMany(waitMs: number): GatewayError {
  const retryAfterSeconds = String(Math.ceil(waitMs / 1000));
  const minutes = Math.ceil(waitMs / 60_000);
  const wait = minutes === 1 ? "a minute" : `${minutes} minutes`;
  return new GatewayError("rate-limited", `Too many failed attempts. Try again in ${wait}.`, {
    values: { retryAfterSeconds },
  });
}
