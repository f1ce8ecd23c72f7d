// Remembers what was found of an account for less than a second, within bounded memory. Nothing is remembered of a
// search that began before forget(): it may have seen what is no longer so.

import { LRUCache } from "lru-cache";
import type { AccountContext } from "../accounts/account.ts";
import type { Clock } from "../clock.ts";
import type { AccountSid } from "../ids.ts";

export interface ShortMemory<Value extends AccountContext> {
  recall(key: string | undefined): Value | undefined;
  /** Call it before the search; its result goes to the function that comes back. Age counts from this call. */
  begin(key: string): (found: Value) => void;
  /** Drops everything of one account. */
  forget(accountSid: AccountSid): void;
}

export interface ShortMemoryOptions {
  readonly clock: Clock;
  readonly lifetimeMs: number;
  readonly maxEntries: number;
}

export function createShortMemory<Value extends AccountContext>(options: ShortMemoryOptions): ShortMemory<Value> {
  const { clock, lifetimeMs, maxEntries } = options;
  const entries = new LRUCache<string, { readonly value: Value; readonly sinceMs: number }>({ max: maxEntries });
  let epoch = 0;
  return {
    recall(key) {
      const entry = key === undefined ? undefined : entries.get(key);
      if (!entry) return undefined;
      const ageMs = clock.nowMs() - entry.sinceMs;
      // A clock that was set back must not lengthen a life.
      return ageMs >= 0 && ageMs < lifetimeMs ? entry.value : undefined;
    },
    begin(key) {
      const sinceMs = clock.nowMs();
      const begunIn = epoch;
      return (value) => {
        if (begunIn === epoch) entries.set(key, { value, sinceMs });
      };
    },
    forget(accountSid) {
      epoch += 1;
      for (const [key, { value }] of [...entries.entries()]) {
        if (value.accountSid === accountSid) entries.delete(key);
      }
    },
  };
}
