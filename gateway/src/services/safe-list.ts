// Adding to and taking from the safe list: each with its audit row in one transaction.

import { actorOf, type Principal } from "../core/access/principal.ts";
import { GatewayError } from "../core/errors.ts";
import { type AccountSid, newUuid, sidOf } from "../core/ids.ts";
import type { SafeListEntry } from "../core/protection/safe-list.ts";
import { writeAudit } from "../store/audit.ts";
import type { Database, Queryable } from "../store/database.ts";
import { deleteSafeListEntry, insertSafeListEntry } from "../store/safe-list.ts";

interface Caller {
  readonly accountSid: AccountSid;
  readonly principal: Principal;
}

/** `number`: as parseSafeListNumber spells it. Rejects with `safe-list-duplicate`. */
export function addToSafeList(db: Database, caller: Caller, number: string): Promise<SafeListEntry> {
  const entry = { sid: sidOf("GN", newUuid()), number };
  return db.transaction(async (tx) => {
    if (!(await insertSafeListEntry(tx, caller.accountSid, entry))) {
      throw new GatewayError("safe-list-duplicate", `${number} is on the safe list already.`);
    }
    await audit(tx, caller, entry, "added");
    return entry;
  });
}

/** Rejects with `not-found` when exactly this entry is not on the list. */
export function removeFromSafeList(db: Database, caller: Caller, number: string): Promise<void> {
  return db.transaction(async (tx) => {
    const entry = await deleteSafeListEntry(tx, caller.accountSid, number);
    if (entry === null) throw new GatewayError("not-found", `${number} is not on the safe list.`);
    await audit(tx, caller, entry, "removed");
  });
}

function audit(
  tx: Queryable,
  { accountSid, principal }: Caller,
  { sid, number }: SafeListEntry,
  verb: "added" | "removed",
): Promise<void> {
  const [before, after] = verb === "added" ? [null, { number }] : [{ number }, null];
  return writeAudit(tx, {
    accountSid,
    actor: actorOf(principal),
    action: `safe-list.${verb}`,
    subject: sid,
    before,
    after,
  });
}
