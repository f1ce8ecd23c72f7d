// An API key as v2010's Key and SigningKey resources: the only place that shapes them. The secret is in the answer that
// made the key, and in no other.

import type { ApiKey } from "../../../store/api-keys.ts";
import { rfc2822 } from "../dates.ts";
import type { JsonObject } from "../xml.ts";

export function presentKey(key: ApiKey, secret?: string): JsonObject {
  return {
    sid: key.sid,
    friendly_name: key.friendlyName,
    date_created: rfc2822(key.createdAt),
    date_updated: rfc2822(key.updatedAt),
    ...(secret === undefined ? {} : { secret }),
  };
}
