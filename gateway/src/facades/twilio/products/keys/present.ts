// An API key as iam's Key resource: the only place that shapes it. The dates are RFC 2822, unlike those of the other
// product APIs. The secret is in the answer that made the key, and in no other.

import type { ApiKey } from "../../../../store/api-keys.ts";
import { rfc2822 } from "../../dates.ts";

/** As an item of a list. */
export function presentListedKey(key: ApiKey) {
  return { ...presentNamed(key), flags: ["rest_api", "signing"] };
}

export function presentKey(key: ApiKey, secret?: string) {
  return {
    ...presentNamed(key),
    policy: key.policy && { allow: key.policy.allow },
    ...(secret === undefined ? {} : { secret }),
  };
}

function presentNamed(key: ApiKey) {
  return {
    sid: key.sid,
    friendly_name: key.friendlyName,
    date_created: rfc2822(key.createdAt),
    date_updated: rfc2822(key.updatedAt),
  };
}
