// Why a policy keeps a message from going, with the code that it fails with and the line that explains it.

import type { Decision, ProtectionRule } from "../protection/decision.ts";
import { countryName } from "../protection/destination.ts";
import type { Quota } from "./policy.ts";

/** https://www.twilio.com/docs/api/errors/21408 */
const regionCode = 21408;
/** https://www.twilio.com/docs/api/errors/63038 */
const quotaCode = 63038;
/** https://www.twilio.com/docs/api/errors/60203: the most send attempts have been reached. */
const attemptsCode = 60203;

export function countryDecision(policyName: string, country: string | null): Decision {
  const where = country === null ? "numbers of no country" : countryName(country);
  return denied(
    "policy-country",
    regionCode,
    `The notification policy "${policyName}" does not let messages to ${where} go.`,
    {
      country,
    },
  );
}

export function quotaDecision(quota: Quota, what: "total" | "claimed" | "unclaimed", limit: number): Decision {
  const whose = quota.type === "USER" ? "of this recipient" : "of the account";
  const kind = what === "total" ? "" : `${what} `;
  const explanation = `The daily quota ${whose} is used up: ${limit} ${kind}messages. It begins anew at midnight UTC.`;
  return denied("policy-quota", quotaCode, explanation, { quota: quota.type, limit });
}

export function earlyDecision(waitMs: number): Decision {
  const seconds = Math.ceil(waitMs / 1000);
  return denied("policy-cooldown", attemptsCode, `Asked for ${seconds} s before the end of the cool-down.`, {
    seconds,
  });
}

export function blockedDecision(untilMs: number, resendLimit: number): Decision {
  const until = new Date(untilMs).toISOString();
  const explanation = `More than ${resendLimit} resends: this recipient is blocked until ${until}.`;
  return denied("policy-cooldown", attemptsCode, explanation, { resendLimit, until });
}

function denied(rule: ProtectionRule, errorCode: number, explanation: string, numbers: Decision["numbers"]): Decision {
  return { rule, action: "denied", mode: "deny", errorCode, heldUntil: null, explanation, numbers };
}
