// What would be decided about a message now: the same rules as for a real one, changing nothing and counting nothing.

import type { Clock } from "../../core/clock.ts";
import { GatewayError } from "../../core/errors.ts";
import type { AccountSid, MessagingServiceSid } from "../../core/ids.ts";
import { sidOf } from "../../core/ids.ts";
import type { MessageOptions } from "../../core/messages/message.ts";
import { type Counter, type CounterScope, countMore, minuteOf } from "../../core/protection/counter.ts";
import { type ActiveMode, type Decision, duplicateDecision, velocityDecision } from "../../core/protection/decision.ts";
import { isUrgent } from "../../core/protection/exemptions.ts";
import { repeatDigest } from "../../core/protection/repeat.ts";
import { countsVelocity, type ProtectionMode } from "../../core/protection/settings.ts";
import { type Counts, judgeVelocity } from "../../core/protection/velocity.ts";
import { findContactPlaces } from "../../store/contacts.ts";
import type { Queryable } from "../../store/database.ts";
import { loadProtectionPolicies, type ProtectionPolicy } from "../../store/protection.ts";
import { counterName, findCounters, findText } from "../../store/protection-counters.ts";
import { isSafeListed } from "../../store/safe-list.ts";
import { counterKeys } from "./count-batch.ts";
import { judgeHour } from "./hold-at-night.ts";
import { modesInForce } from "./policies.ts";

/** A message that somebody thinks of sending through a real provider. */
export interface Hypothetical {
  readonly accountSid: AccountSid;
  /** E.164 or a channel address. */
  readonly to: string;
  readonly from: string | null;
  readonly messagingServiceSid: MessagingServiceSid | null;
  readonly body: string;
  readonly options: MessageOptions;
}

export interface Explanation {
  readonly mode: ProtectionMode;
  /** What would stop or delay it, or be recorded; the first that applies is what counts. None: it passes. */
  readonly decisions: readonly Decision[];
  /** Why not everything was asked. */
  readonly exemptions: readonly ("protection-off" | "safe-list" | "risk-check-disabled" | "urgent")[];
  readonly counters: readonly { readonly scope: CounterScope; readonly key: string; readonly counter: Counter }[];
}

export interface ExplainDeps {
  readonly db: Queryable;
  readonly clock: Clock;
}

/** Rejects with `not-found`. */
export async function explainProtection({ db, clock }: ExplainDeps, message: Hypothetical): Promise<Explanation> {
  const [policy] = await loadProtectionPolicies(db, [message.accountSid]);
  if (policy === undefined) throw new GatewayError("not-found", "There is no such account.");
  const mode = modesInForce(policy).providers;
  const nothing = { mode, decisions: [], counters: [] };
  if (mode === "off") return { ...nothing, exemptions: ["protection-off"] };
  if (await isSafeListed(db, { accountSid: message.accountSid, number: message.to })) {
    return { ...nothing, exemptions: ["safe-list"] };
  }
  const asked = { message, policy, mode, nowMs: clock.nowMs() };
  const [bursts, duplicate, quiet] = await Promise.all([
    explainVelocity(db, asked),
    explainDuplicate(db, asked),
    explainQuiet(db, asked),
  ]);
  return {
    mode,
    decisions: [bursts.decision, duplicate, quiet].filter((decision) => decision !== null),
    exemptions: [
      ...(message.options.riskCheck === "disable" ? (["risk-check-disabled"] as const) : []),
      ...(policy.settings.quietHours.enabled && isUrgent(message) ? (["urgent"] as const) : []),
    ],
    counters: bursts.counters,
  };
}

interface Asked {
  readonly message: Hypothetical;
  readonly policy: ProtectionPolicy;
  readonly mode: ActiveMode;
  readonly nowMs: number;
}

async function explainVelocity(
  db: Queryable,
  { message, policy: { settings }, mode, nowMs }: Asked,
): Promise<{ readonly decision: Decision | null; readonly counters: Explanation["counters"] }> {
  if (message.options.riskCheck === "disable" || !countsVelocity(settings)) return { decision: null, counters: [] };
  const { destination, keys } = counterKeys(message, settings.velocity.limits.recipientPer10Minutes !== null);
  const stored = await findCounters(db, keys);
  const counters = keys.map((key) => ({
    scope: key.scope,
    key: key.key,
    counter: countMore(stored.get(counterName(key)) ?? null, key.scope, 1, minuteOf(nowMs)),
  }));
  const at = (scope: CounterScope): Counter | null => counters.find((each) => each.scope === scope)?.counter ?? null;
  const counts: Counts = {
    ...{ account: at("account"), country: at("country"), prefix: at("prefix"), recipient: at("recipient") },
  };
  const finding = judgeVelocity(settings, destination, counts);
  const decision = finding === null ? null : velocityDecision(mode, message.to, destination, finding);
  return { decision, counters };
}

async function explainDuplicate(db: Queryable, { message, policy, mode, nowMs }: Asked): Promise<Decision | null> {
  const { enabled, seconds } = policy.settings.duplicates;
  const digest = enabled ? repeatDigest({ ...message, numMedia: 0 }) : null;
  if (digest === null) return null;
  const standing = await findText(db, message.accountSid, digest);
  if (standing === null) return null;
  const afterMs = nowMs - standing.sentAt.getTime();
  if (Math.abs(afterMs) >= seconds * 1000) return null;
  return duplicateDecision(mode, { of: sidOf("SM", standing.messageId), afterMs, seconds });
}

async function explainQuiet(db: Queryable, { message, policy, mode, nowMs }: Asked): Promise<Decision | null> {
  if (!policy.settings.quietHours.enabled || isUrgent(message)) return null;
  const [place = null] = await findContactPlaces(db, [{ accountSid: message.accountSid, contact: message.to }]);
  return judgeHour(policy.settings, { to: message.to, place, nowMs }, mode);
}
