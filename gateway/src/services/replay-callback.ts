// Replaying a callback: it becomes due again, with its audit row in the same transaction.

import { actorOf, type Principal } from "../core/access/principal.ts";
import { GatewayError } from "../core/errors.ts";
import type { AccountSid, Uuid } from "../core/ids.ts";
import { writeAudit } from "../store/audit.ts";
import { type CallbackDetail, findCallback } from "../store/callback-lists.ts";
import { replayCallback } from "../store/callbacks.ts";
import type { Database } from "../store/database.ts";

export interface ReplayDeps {
  readonly db: Database;
  readonly clock: { nowMs(): number };
  /** Called after the commit. */
  readonly wakeCallbacks: () => void;
}

export interface ReplayTarget {
  readonly accountSid: AccountSid;
  readonly principal: Principal;
  readonly id: Uuid;
}

/** Rejects with `not-found`, or with `conflict` while it is still pending. */
export async function replay(deps: ReplayDeps, { accountSid, principal, id }: ReplayTarget): Promise<CallbackDetail> {
  const replayed = await deps.db.transaction(async (tx) => {
    const before = await findCallback(tx, accountSid, id);
    if (before === null) throw new GatewayError("not-found", `The account has no callback ${id}.`);
    if (!(await replayCallback(tx, accountSid, id, new Date(deps.clock.nowMs())))) {
      throw new GatewayError("conflict", "It is still being delivered; only a finished callback can be replayed.");
    }
    await writeAudit(tx, {
      accountSid,
      actor: actorOf(principal),
      action: "callback.replayed",
      subject: id,
      before: { state: before.state },
      after: { state: "pending" },
    });
    return await findCallback(tx, accountSid, id);
  });
  deps.wakeCallbacks();
  if (replayed === null) throw new GatewayError("not-found", `The account has no callback ${id}.`);
  return replayed;
}
