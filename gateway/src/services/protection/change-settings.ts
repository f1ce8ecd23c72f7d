// Changing what an account wants of protection: with its audit row in one transaction. Holds everywhere within a second.

import { actorOf, type Principal } from "../../core/access/principal.ts";
import type { AccountSid } from "../../core/ids.ts";
import type { ProtectionSettings } from "../../core/protection/settings.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import { lockProtectionSettings, storeProtectionSettings } from "../../store/protection.ts";

export function changeProtection(
  db: Database,
  { accountSid, principal }: { readonly accountSid: AccountSid; readonly principal: Principal },
  settings: ProtectionSettings,
): Promise<void> {
  return db.transaction(async (tx) => {
    const before = await lockProtectionSettings(tx, accountSid);
    await storeProtectionSettings(tx, accountSid, settings);
    await writeAudit(tx, {
      accountSid,
      actor: actorOf(principal),
      action: "protection.updated",
      subject: accountSid,
      before: { ...before },
      after: { ...settings },
    });
  });
}
