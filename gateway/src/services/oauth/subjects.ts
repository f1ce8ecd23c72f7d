// Who a token is about: a person or a service account, and what may be said of them.

import type { Uuid } from "../../core/ids.ts";
import type { Queryable } from "../../store/database.ts";
import { findServiceAccountByUserId } from "../../store/service-accounts.ts";
import { findUserById } from "../../store/users.ts";

/** The claims of OpenID Connect Core section 5.1 that there are. */
export interface SubjectClaims {
  readonly name: string;
  readonly preferred_username: string;
  /** Seconds since the Unix epoch. */
  readonly updated_at: number;
  readonly email?: string;
  readonly email_verified?: boolean;
}

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const userIdForm = /^\d{18}$/;

export function isPersonSubject(subject: string): subject is Uuid {
  return uuidForm.test(subject);
}

export function isServiceAccountSubject(subject: string): boolean {
  return userIdForm.test(subject);
}

/** Null: there is nobody of that name any more, they are disabled, or their account is not active. */
export async function findSubjectClaims(db: Queryable, subject: string): Promise<SubjectClaims | null> {
  if (isPersonSubject(subject)) {
    const user = await findUserById(db, subject);
    if (user === null || user.disabledAt !== null) return null;
    return {
      name: user.name === "" ? user.email : user.name,
      preferred_username: user.email,
      updated_at: seconds(user.updatedAt),
      email: user.email,
      // The operator vouches for administrators. Of others the gateway has seen no more than a link that was handed on.
      email_verified: user.administrator,
    };
  }
  if (!isServiceAccountSubject(subject)) return null;
  const found = await findServiceAccountByUserId(db, subject);
  if (found === null || found.accountStatus !== "active") return null;
  return { name: found.name, preferred_username: found.userId, updated_at: seconds(found.updatedAt) };
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
