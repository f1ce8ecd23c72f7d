// Which accounts a caller reaches: their own, its subaccounts for an auth token, all for an administrator.

import type { Principal } from "../core/access/principal.ts";
import type { Account } from "../core/accounts/account.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import { findAccount, listEveryAccount, listSubaccounts } from "../store/accounts.ts";
import type { Queryable } from "../store/database.ts";

const accountsMax = 1000;

/** Oldest first, each main account with its subaccounts behind it. */
export async function findReachedAccounts(
  { db, sealer }: { readonly db: Queryable; readonly sealer: Sealer },
  { accountSid, credential }: Principal,
): Promise<{ readonly accounts: readonly Account[]; readonly more: boolean }> {
  if (credential === "admin") {
    const every = await listEveryAccount(db, sealer, accountsMax + 1);
    return { accounts: every.slice(0, accountsMax), more: every.length > accountsMax };
  }
  const own = await findAccount(db, sealer, accountSid);
  const below = credential === "auth-token" ? await listSubaccounts(db, sealer, accountSid) : [];
  return { accounts: own === null ? below : [own, ...below], more: false };
}
