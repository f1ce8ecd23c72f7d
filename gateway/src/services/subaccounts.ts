// Making subaccounts, and changing accounts: their name, and whether they are active, suspended or closed. Each change has
// its audit row in the same transaction, and takes effect in every process within a second.

import { actorOf, type Principal } from "../core/access/principal.ts";
import type { Account, AccountStatus } from "../core/accounts/account.ts";
import { subaccountName } from "../core/accounts/subaccount-name.ts";
import type { Clock } from "../core/clock.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import { GatewayError } from "../core/errors.ts";
import type { AccountSid } from "../core/ids.ts";
import { countSubaccounts, findAccountStatus, lockAccount, updateAccount } from "../store/accounts.ts";
import { writeAudit } from "../store/audit.ts";
import type { Database, Queryable } from "../store/database.ts";
import { findGrant } from "../store/user-grants.ts";
import type { Authenticator } from "./authenticator.ts";
import { completeAccount, makeAccount } from "./bootstrap/make-account.ts";
import { changeAccess } from "./change-access.ts";
import { isUnchanged } from "./is-unchanged.ts";

export interface SubaccountDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
}

const subaccountsMax = 1000;

/**
 * A new account below the caller's, with all that an account has from the start. Rejects with `account-nested` below a
 * subaccount, and with `too-many-subaccounts`.
 */
export function createSubaccount(
  { db, sealer, clock }: SubaccountDeps,
  principal: Principal,
  friendlyName: string | null,
): Promise<Account> {
  const parentSid = principal.accountSid;
  const account = completeAccount({
    ...{ phoneNumbers: [], apiKeys: [], accessKeys: [], clients: [] },
    friendlyName: friendlyName ?? subaccountName(clock.nowMs()),
  });
  return db.transaction(async (tx) => {
    // One at a time, so that the count holds.
    const parent = await lockedAccount(tx, sealer, parentSid);
    if (parent.parentSid !== null) throw new GatewayError("account-nested", "A subaccount cannot have subaccounts.");
    if (parent.status !== "active") throw new GatewayError("account-not-active", `The account is ${parent.status}.`);
    if ((await countSubaccounts(tx, parentSid)) >= subaccountsMax) {
      const message = `An account has at most ${subaccountsMax} subaccounts that are not closed: close one first.`;
      throw new GatewayError("too-many-subaccounts", message);
    }
    await makeAccount({ tx, sealer, actor: actorOf(principal) }, account, parentSid);
    return await lockedAccount(tx, sealer, account.sid);
  });
}

export interface AccountTarget {
  readonly principal: Principal;
  readonly accountSid: AccountSid;
}

/** What is absent stays as it is. */
export interface AccountChanges {
  readonly friendlyName?: string;
  readonly status?: AccountStatus;
}

/**
 * Suspended: nothing is sent any more and the account's own credentials are refused, until its parent activates it again.
 * Closed: the same, for ever. Rejects with `not-found`, `account-closed`, `account-status-of-parent`, `parent-not-active`,
 * or `forbidden` for a subaccount that would change its own status.
 */
export async function changeAccount(
  deps: SubaccountDeps,
  target: AccountTarget,
  changes: AccountChanges,
): Promise<Account> {
  return changeAccess(deps, target.accountSid, async (tx) => {
    const { sealer } = deps;
    const before = await lockedAccount(tx, sealer, target.accountSid);
    await checkChange(tx, target, before, changes);
    if (isUnchanged(before, changes)) return before;
    await updateAccount(tx, before.sid, { ...before, ...changes });
    const after = await lockedAccount(tx, sealer, before.sid);
    await audit(tx, target, before, after);
    return after;
  });
}

async function checkChange(
  tx: Queryable,
  { principal }: AccountTarget,
  { status, parentSid }: Account,
  changes: AccountChanges,
): Promise<void> {
  if (status === "closed") throw new GatewayError("account-closed", "The account is closed, which is final.");
  if (changes.status === undefined || changes.status === status) return;
  if (parentSid === null) {
    throw new GatewayError("account-status-of-parent", "The status of a main account cannot be changed.");
  }
  if (!(await actsForParent(tx, principal, parentSid))) {
    throw new GatewayError("forbidden", "Only its parent changes the status of a subaccount.");
  }
  if ((await findAccountStatus(tx, parentSid)) !== "active") {
    throw new GatewayError("parent-not-active", "The parent account is not active.");
  }
}

async function actsForParent(tx: Queryable, principal: Principal, parentSid: AccountSid): Promise<boolean> {
  const { credential, credentialId, accountSid } = principal;
  if (credential !== "user") return credential === "admin" || accountSid === parentSid;
  const there = credentialId === null ? null : await findGrant(tx, parentSid, credentialId);
  return there?.role === "owner";
}

async function lockedAccount(tx: Queryable, sealer: Sealer, sid: AccountSid): Promise<Account> {
  const account = await lockAccount(tx, sealer, sid);
  if (account !== null) return account;
  throw new GatewayError("not-found", "There is no such account.");
}

function audit(
  tx: Queryable,
  { principal, accountSid }: AccountTarget,
  before: Account,
  after: Account,
): Promise<void> {
  const shown = ({ friendlyName, status }: Account) => ({ friendlyName, status });
  const entry = { accountSid, actor: actorOf(principal), action: "account.updated", subject: accountSid };
  return writeAudit(tx, { ...entry, before: shown(before), after: shown(after) });
}
