// Changing how long an account's messages, texts and events are kept, with its audit row in one transaction.

import { actorOf, type Principal } from "../../core/access/principal.ts";
import type { AccountSid } from "../../core/ids.ts";
import type { RetentionSettings } from "../../core/retention/limits.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import { writeRetentionSettings } from "../../store/retention.ts";

/** Replaces the account's settings. */
export async function changeRetention(
  db: Database,
  { accountSid, principal }: { readonly accountSid: AccountSid; readonly principal: Principal },
  settings: RetentionSettings,
): Promise<void> {
  await db.transaction(async (tx) => {
    const before = await writeRetentionSettings(tx, accountSid, settings);
    await writeAudit(tx, {
      accountSid,
      actor: actorOf(principal),
      action: "retention.updated",
      subject: accountSid,
      before: { ...before },
      after: { ...settings },
    });
  });
}
