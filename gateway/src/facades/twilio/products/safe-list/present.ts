// A safe-list entry as Twilio's resource: two keys, no more.

import type { SafeListEntry } from "../../../../core/protection/safe-list.ts";

export function presentSafeListEntry({ sid, number }: SafeListEntry) {
  return { sid, phone_number: number };
}
