// When countries were switched off, told from the audit log. A page of it may be short, or empty, and still not be the last:
// it is read on, but not for ever.

import type { AuditEntry } from "../../api/generated/api.d.ts";

interface AuditPage {
  readonly entries: readonly Pick<AuditEntry, "at" | "before" | "after">[];
  readonly next: string | null;
}

const pagesMax = 20;

/**
 * When each country was last switched off, by its code. `read`: a page of the changes of the account's countries, newest
 * first, behind `before`. Rejects as `read` does.
 */
export async function readSwitchedOff(
  read: (before: string | null) => Promise<AuditPage>,
): Promise<ReadonlyMap<string, string>> {
  const times = new Map<string, string>();
  let before: string | null = null;
  for (let pages = 0; pages < pagesMax; pages += 1) {
    const { entries, next }: AuditPage = await read(before);
    for (const entry of entries) {
      const was = new Set(listIn(entry.before));
      for (const code of listIn(entry.after)) if (!was.has(code) && !times.has(code)) times.set(code, entry.at);
    }
    if (next === null) break;
    before = next;
  }
  return times;
}

function listIn(state: AuditEntry["after"]): readonly string[] {
  const list = state?.["disabledCountries"];
  return Array.isArray(list) ? (list as string[]) : [];
}
