// A change of who may act in an account: one transaction, after which nothing that was remembered of its credentials counts.

import type { AccountSid } from "../core/ids.ts";
import type { Database, Queryable } from "../store/database.ts";
import type { Authenticator } from "./authenticator.ts";

export interface ChangeAccessDeps {
  readonly db: Database;
  readonly authenticator: Pick<Authenticator, "forget">;
}

/** Resolves to what `work` does. Other processes know within a second, this one at once. */
export async function changeAccess<Result>(
  { db, authenticator }: ChangeAccessDeps,
  accountSid: AccountSid,
  work: (tx: Queryable) => Promise<Result>,
): Promise<Result> {
  try {
    return await db.transaction(work);
  } finally {
    // Also when the commit's answer was lost: it may have happened.
    authenticator.forget(accountSid);
  }
}
