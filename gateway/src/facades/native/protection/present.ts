// Protection as the native API shows it.

import type { z } from "zod";
import { uuidTimeMs } from "../../../core/ids.ts";
import type { Decision } from "../../../core/protection/decision.ts";
import type { Explanation } from "../../../services/protection/explain.ts";
import { modesInForce } from "../../../services/protection/policies.ts";
import type { Page } from "../../../store/keyset-page.ts";
import type { ProtectionPolicy, StoredDecision } from "../../../store/protection.ts";
import type { decisionsReply, explainReply, settingsReply } from "./schema.ts";

export function presentSettings(policy: ProtectionPolicy): z.output<typeof settingsReply> {
  return { ...policy.settings, inForce: modesInForce(policy) };
}

export function presentDecisions({ items, hasOlder }: Page<StoredDecision>): z.output<typeof decisionsReply> {
  return {
    decisions: items.map((stored) => ({
      id: stored.id,
      messageSid: stored.messageSid,
      at: new Date(uuidTimeMs(stored.id)).toISOString(),
      ...presentDecided(stored),
    })),
    next: hasOlder ? (items.at(-1)?.id ?? null) : null,
  };
}

export function presentExplanation({
  mode,
  decisions,
  exemptions,
  counters,
}: Explanation): z.output<typeof explainReply> {
  return {
    mode,
    verdict: decisions[0]?.action ?? "pass",
    decisions: decisions.map(presentDecided),
    exemptions: [...exemptions],
    counters: counters.map(({ scope, key, counter: { inMinute, inTenMinutes, inHour, usual } }) => ({
      ...{ scope, key, inMinute, inTenMinutes, inHour, usual },
    })),
  };
}

function presentDecided({ rule, action, mode, errorCode, heldUntil, explanation, numbers }: Decision) {
  return { rule, action, mode, errorCode, heldUntil: heldUntil?.toISOString() ?? null, explanation, numbers };
}
