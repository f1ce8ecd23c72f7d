// Which accounts a caller reaches, and as what: their own, its subaccounts for an auth token, all for an administrator, for a
// user those in which they have a role.

import type { Principal, Role } from "../core/access/principal.ts";
import type { Account } from "../core/accounts/account.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import { findAccount, findAccounts, listEveryAccount, listSubaccounts } from "../store/accounts.ts";
import type { Queryable } from "../store/database.ts";
import { listGrantedAccounts } from "../store/user-grants.ts";

const accountsMax = 1000;

export interface RoleInAccount extends Account {
  readonly role: Role;
}

/** Oldest first, each main account with its subaccounts behind it. */
export async function findReachedAccounts(
  { db, sealer }: { readonly db: Queryable; readonly sealer: Sealer },
  { accountSid, credential, credentialId, role }: Principal,
): Promise<{ readonly accounts: readonly RoleInAccount[]; readonly more: boolean }> {
  const asSame = (account: Account): RoleInAccount => ({ ...account, role });
  if (credential === "admin") {
    const every = await listEveryAccount(db, sealer, accountsMax + 1);
    return { accounts: every.slice(0, accountsMax).map(asSame), more: every.length > accountsMax };
  }
  if (credential === "user" && credentialId !== null) {
    const granted = await listGrantedAccounts(db, credentialId, accountsMax + 1);
    const roles = new Map(granted.slice(0, accountsMax).map((grant) => [grant.accountSid, grant.role]));
    const accounts = await findAccounts(db, sealer, [...roles.keys()]);
    const known = accounts.map((account) => ({ ...account, role: roles.get(account.sid) ?? role }));
    return { accounts: known, more: granted.length > accountsMax };
  }
  const own = await findAccount(db, sealer, accountSid);
  const below = credential === "auth-token" ? await listSubaccounts(db, sealer, accountSid) : [];
  return { accounts: (own === null ? below : [own, ...below]).map(asSame), more: false };
}
