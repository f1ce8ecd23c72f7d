// Changing what an account, a messaging service or a sender says of STOP, START and HELP: judged by what holds in the end,
// stored with its audit row. Counts in every process within a second.

import { actorOf, type Principal } from "../../core/access/principal.ts";
import {
  judgeSettings,
  type KeywordScope,
  type KeywordSettings,
  type ScopedSettings,
  type SettingsProblem,
} from "../../core/keywords/settings.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import {
  findKeywordChains,
  type KeywordOwner,
  lockKeywordSettings,
  writeKeywordSettings,
} from "../../store/keyword-settings.ts";

export interface KeywordTarget {
  readonly owner: KeywordOwner;
  readonly scope: KeywordScope;
  /** The SID or address that the audit log names. */
  readonly subject: string;
  /** It is a short code's. */
  readonly isShortCode: boolean;
}

export interface KeywordChange {
  /** Not empty: nothing was changed. */
  readonly problems: readonly SettingsProblem[];
  /** What is said from now on, the nearest first. */
  readonly chain: readonly ScopedSettings[];
}

export function changeKeywords(
  db: Database,
  principal: Principal,
  { owner, scope, subject, isShortCode }: KeywordTarget,
  settings: KeywordSettings,
): Promise<KeywordChange> {
  return db.transaction(async (tx) => {
    await lockKeywordSettings(tx, owner.accountSid);
    const [chain = []] = await findKeywordChains(tx, [owner]);
    const before = chain.find((one) => one.scope === scope)?.settings ?? null;
    const wider = chain.filter((one) => one.scope !== scope);
    const problems = judgeSettings({ scope, settings }, wider, isShortCode);
    if (problems.length > 0) return { problems, chain };
    await writeKeywordSettings(tx, owner, settings);
    const [now = []] = await findKeywordChains(tx, [owner]);
    const after = now.find((one) => one.scope === scope)?.settings ?? null;
    await writeAudit(tx, {
      accountSid: owner.accountSid,
      actor: actorOf(principal),
      action: "keywords.updated",
      subject,
      before: before && { ...before },
      after: after && { ...after },
    });
    return { problems, chain: now };
  });
}
