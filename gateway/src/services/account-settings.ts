// What an account demands of its callers, changed with its audit row in one transaction.

import { actorOf, type Principal } from "../core/access/principal.ts";
import { GatewayError } from "../core/errors.ts";
import type { AccountSid } from "../core/ids.ts";
import { setRequiresSignedRequests } from "../store/accounts.ts";
import { writeAudit } from "../store/audit.ts";
import type { Database } from "../store/database.ts";
import type { Authenticator } from "./authenticator.ts";
import { changeAccess } from "./change-access.ts";

export interface AccountSettingDeps {
  readonly db: Database;
  readonly authenticator: Pick<Authenticator, "forget">;
}

/**
 * Says whether the Twilio API takes the account's calls with a signature only; holds in every process within a second.
 * Rejects with `not-found`.
 */
export async function demandSignatures(
  deps: AccountSettingDeps,
  { accountSid, principal }: { readonly accountSid: AccountSid; readonly principal: Principal },
  requireSignedRequests: boolean,
): Promise<void> {
  await changeAccess(deps, accountSid, async (tx) => {
    const before = await setRequiresSignedRequests(tx, accountSid, requireSignedRequests);
    if (before === null) throw new GatewayError("not-found", "There is no such account.");
    if (before === requireSignedRequests) return;
    await writeAudit(tx, {
      accountSid,
      actor: actorOf(principal),
      action: "account.updated",
      subject: accountSid,
      before: { requireSignedRequests: before },
      after: { requireSignedRequests },
    });
  });
}
