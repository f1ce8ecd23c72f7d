// Notification policies as dispatch asks them: what protection lets pass is held against the default policy of its account.
// Accounts without a policy cost nothing but a remembered "none". When a policy cannot be asked, the message passes, and
// the log says so.

import type { Logger } from "pino";
import { countryOf } from "../../core/addresses/phone-number.ts";
import { createBatchCache } from "../../core/caching/batch-cache.ts";
import type { Clock } from "../../core/clock.ts";
import { isDatabaseAway, toError } from "../../core/errors.ts";
import { type AccountSid, uuidOf } from "../../core/ids.ts";
import { countryDecision } from "../../core/notification-policies/decisions.ts";
import { isCountryRefused, limitsSms, type NotificationPolicy } from "../../core/notification-policies/policy.ts";
import { isExempt } from "../../core/protection/exemptions.ts";
import { isRetryableConflict } from "../../store/connect.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { loadDefaultPolicies } from "../../store/notification-policies.ts";
import { insertDecisions, type NewDecision } from "../../store/protection.ts";
import type { ClaimedMessage } from "../../store/queue.ts";
import type { ProtectionDeps } from "../protection/create-protection.ts";
import type { Protection, Verdict } from "../protection.ts";
import { countNotifications, isCounted, type Limited } from "./count-notifications.ts";

export interface PolicyLimitDeps {
  readonly db: Queryable;
  /** With the sessions of the message path. */
  readonly queueDb: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onDecision: ProtectionDeps["onDecision"];
}

const memory = { maxAgeMs: 900, maxEntries: 10_000 };
const triesMax = 3;
const pass: Verdict = { kind: "pass" };

/** Protection that also honours notification policies. */
export function limitByPolicy(protection: Protection, deps: PolicyLimitDeps): Protection {
  const policies = createBatchCache<AccountSid, NotificationPolicy>({
    ...memory,
    nameOf: (accountSid) => accountSid,
    load: (accounts) => loadDefaultPolicies(deps.db, accounts),
  });

  async function limitedAmong(messages: readonly ClaimedMessage[]): Promise<Limited[]> {
    const policyOf = await policies(messages.map(({ accountSid }) => accountSid));
    return messages.flatMap((message): Limited[] => {
      const policy = policyOf(message.accountSid);
      if (policy === null || message.expired || isExempt(message) || !limitsSms(policy)) return [];
      return [{ message, policy }];
    });
  }

  async function denials(messages: readonly ClaimedMessage[]): Promise<ReadonlyMap<string, number>> {
    try {
      const limited = await limitedAmong(messages);
      return limited.length === 0 ? none : await decide(deps, limited);
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      deps.log.error({ err: toError(error), messages: messages.length }, "messages passed without their policy");
      return none;
    }
  }

  return {
    async judge(messages) {
      const verdicts = await protection.judge(messages);
      const passing = messages.filter((_, index) => (verdicts[index] ?? pass).kind === "pass");
      if (passing.length === 0) return verdicts;
      const denied = await denials(passing);
      if (denied.size === 0) return verdicts;
      return messages.map(({ sid }, index) => {
        const errorCode = denied.get(sid);
        return errorCode === undefined ? (verdicts[index] ?? pass) : { kind: "deny", errorCode };
      });
    },
  };
}

const none: ReadonlyMap<string, number> = new Map();

/** The codes of what may not go, by SID. */
async function decide(deps: PolicyLimitDeps, limited: readonly Limited[]): Promise<ReadonlyMap<string, number>> {
  const { queueDb, onDecision } = deps;
  const refused = limited.flatMap(({ message, policy }): NewDecision[] => {
    const country = countryOf(message.to);
    if (!isCountryRefused(policy, country)) return [];
    const { accountSid, sid: messageSid } = message;
    return [{ ...countryDecision(policy.name, country), accountSid, messageSid }];
  });
  const denied = new Map(refused.map(({ messageSid, errorCode }) => [messageSid as string, errorCode ?? 0]));
  const counted = limited.filter((one) => !denied.has(one.message.sid) && isCounted(one));
  const told = await insertDecisions(queueDb, refused);
  for (const { rule, mode } of told) onDecision(rule, mode, 1);
  if (counted.length === 0) return denied;
  const { decisions, before } = await countOrRetry(deps, counted);
  for (const { rule, mode, messageSid, errorCode } of decisions) {
    onDecision(rule, mode, 1);
    denied.set(messageSid, errorCode ?? 0);
  }
  for (const { message } of counted) {
    const code = before.get(uuidOf(message.sid));
    if (code !== undefined) denied.set(message.sid, code);
  }
  return denied;
}

async function countOrRetry({ queueDb, clock }: PolicyLimitDeps, limited: readonly Limited[]) {
  for (let tries = 1; ; tries++) {
    try {
      return await queueDb.transaction((tx) => countNotifications(tx, clock.nowMs(), limited));
    } catch (error) {
      if (!isRetryableConflict(error) || tries === triesMax) throw error;
    }
  }
}
