// Administrators prove themselves by e-mail address and password. It takes as long for an address that nobody has, and too
// many failures must wait. Never logs a password or an address.

import type { Logger } from "pino";
import { createFailureLimit } from "../../core/access/failure-limit.ts";
import type { Clock } from "../../core/clock.ts";
import { hashPassword, verifyPassword } from "../../core/credentials/password.ts";
import { hashSecret } from "../../core/credentials/secrets.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Uuid } from "../../core/ids.ts";
import { isStorable } from "../../core/storable-text.ts";
import { findAdmin } from "../../store/credentials.ts";
import type { Queryable } from "../../store/database.ts";

export interface SignIn {
  /**
   * Resolves to the administrator's id. Rejects with GatewayError `unauthenticated`, or `rate-limited`
   * (`values.retryAfterSeconds`).
   */
  checkPassword(email: string, password: string, remoteAddress: string): Promise<Uuid>;
}

const failuresKept = { windowMs: 300_000, maxPerPair: 10, maxPerAddress: 100, maxCounters: 10_000 };
const charactersMax = 1024;

export function createSignIn(deps: { readonly db: Queryable; readonly clock: Clock; readonly log: Logger }): SignIn {
  const { db, clock, log } = deps;
  const failures = createFailureLimit({ clock, ...failuresKept });
  let nobody: Promise<string> | undefined;

  async function find(email: string, password: string): Promise<Uuid | null> {
    const isText = email.length <= charactersMax && password.length <= charactersMax && isStorable(email);
    const admin = isText ? await findAdmin(db, email) : null;
    nobody ??= hashPassword("");
    const isRight = await verifyPassword(isText ? password : "", admin?.passwordHash ?? (await nobody));
    return admin !== null && isRight ? admin.id : null;
  }

  return {
    async checkPassword(givenEmail, password, remoteAddress) {
      const email = givenEmail.trim().toLowerCase();
      const subject = hashSecret(email).toString("base64");
      const waitMs = failures.blockedForMs(remoteAddress, subject);
      if (waitMs > 0) throw tooMany(waitMs);
      // Counts as failed until it is known to be right, so that a volley of guesses does not slip through.
      failures.add(remoteAddress, subject);
      const id = await find(email, password).catch((error: unknown) => {
        failures.takeBack(remoteAddress, subject);
        throw error;
      });
      if (id !== null) {
        failures.takeBack(remoteAddress, subject);
        return id;
      }
      if (failures.blockedForMs(remoteAddress, subject) > 0) log.warn({ remoteAddress }, "too many failed sign-ins");
      throw new GatewayError("unauthenticated", "This e-mail address or password is not right.");
    },
  };
}

function tooMany(waitMs: number): GatewayError {
  const retryAfterSeconds = String(Math.ceil(waitMs / 1000));
  const minutes = Math.ceil(waitMs / 60_000);
  const wait = minutes === 1 ? "a minute" : `${minutes} minutes`;
  return new GatewayError("rate-limited", `Too many failed attempts. Try again in ${wait}.`, {
    values: { retryAfterSeconds },
  });
}
