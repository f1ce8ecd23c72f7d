// Counts requests per key within fixed windows and bounded memory. It counts for its own process alone: several processes
// let through as many times as much.

import { LRUCache } from "lru-cache";
import type { Clock } from "../clock.ts";

export interface RequestLimit {
  /** Counts a request. Returns how long the caller must wait, in milliseconds; 0: it may go on. */
  take(key: string): number;
}

export interface RequestLimitOptions {
  readonly clock: Clock;
  /** A window begins with its first request. */
  readonly windowMs: number;
  readonly max: number;
  /** The most counters kept; the least recently used go first, and begin anew. */
  readonly maxKeys: number;
}

export function createRequestLimit({ clock, windowMs, max, maxKeys }: RequestLimitOptions): RequestLimit {
  const counters = new LRUCache<string, { count: number; readonly sinceMs: number }>({ max: maxKeys });
  return {
    take(key) {
      const nowMs = clock.nowMs();
      const counter = counters.get(key);
      const ageMs = counter === undefined ? windowMs : nowMs - counter.sinceMs;
      // A clock that was set back must not stretch a window.
      if (counter === undefined || ageMs < 0 || ageMs >= windowMs) {
        counters.set(key, { count: 1, sinceMs: nowMs });
        return 0;
      }
      if (counter.count >= max) return windowMs - ageMs;
      counter.count += 1;
      return 0;
    },
  };
}
