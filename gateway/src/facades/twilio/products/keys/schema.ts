// What comes in for iam's keys: a standard key, or a restricted one with its policy.

import { readPolicy } from "../../../../core/access/policy.ts";
import type { KeyChanges, NewApiKey } from "../../../../services/api-keys.ts";
import { type Form, first } from "../../form.ts";
import { readFriendlyName } from "../../friendly-name.ts";
import { invalid, readChoice, requiredText } from "../parameters.ts";

export function readNewKey(form: Form): NewApiKey {
  const friendlyName = first(form, "FriendlyName") ? (readFriendlyName(form) ?? null) : null;
  const restricted = readChoice(form, "KeyType", ["standard", "restricted"]) === "restricted";
  if (restricted) return { friendlyName, policy: readPolicy(requiredText(form, "Policy")) };
  // Who sends a policy means to restrict the key: one that may do everything would be a bad surprise.
  if (first(form, "Policy")) throw invalid("Policy", "KeyType restricted with it");
  return { friendlyName, policy: null };
}

export function readKeyChanges(form: Form): KeyChanges {
  const friendlyName = readFriendlyName(form);
  const policy = first(form, "Policy");
  return {
    ...(friendlyName === undefined ? {} : { friendlyName }),
    ...(policy ? { policy: readPolicy(policy) } : {}),
  };
}
