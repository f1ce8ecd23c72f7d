// Counts failed authentications per remote address, and per address and account, within fixed windows and bounded
// memory. Counting by pair is what keeps a stranger from locking an account's owner out.

import { LRUCache } from "lru-cache";
import type { Clock } from "../clock.ts";
import { networkOf } from "./network.ts";

export interface FailureLimit {
  /** How long this pair must wait, in milliseconds; 0: it may try. */
  blockedForMs(remoteAddress: string, subject: string): number;
  /** Counts a failure, or an attempt that may still be taken back. */
  add(remoteAddress: string, subject: string): void;
  /** Takes one back: the attempt was good. */
  takeBack(remoteAddress: string, subject: string): void;
}

export interface FailureLimitOptions {
  readonly clock: Clock;
  readonly windowMs: number;
  readonly maxPerPair: number;
  /** Above maxPerPair: an address may speak for many (a reverse proxy, a NAT). */
  readonly maxPerAddress: number;
  /** The most counters kept of each sort; the least recently used go first. */
  readonly maxCounters: number;
}

interface Counter {
  count: number;
  readonly sinceMs: number;
}

export function createFailureLimit(options: FailureLimitOptions): FailureLimit {
  const { clock, windowMs, maxPerPair, maxPerAddress, maxCounters } = options;
  const pairs = new LRUCache<string, Counter>({ max: maxCounters });
  const addresses = new LRUCache<string, Counter>({ max: maxCounters });

  function current(counters: LRUCache<string, Counter>, key: string): Counter | undefined {
    const counter = counters.get(key);
    if (!counter) return undefined;
    const ageMs = clock.nowMs() - counter.sinceMs;
    // A clock that was set back must not stretch a window.
    return ageMs >= 0 && ageMs < windowMs ? counter : undefined;
  }

  function waitMs(counters: LRUCache<string, Counter>, key: string, max: number): number {
    const counter = current(counters, key);
    return counter && counter.count >= max ? counter.sinceMs + windowMs - clock.nowMs() : 0;
  }

  function change(counters: LRUCache<string, Counter>, key: string, by: 1 | -1): void {
    const counter = current(counters, key);
    if (counter) counter.count = Math.max(0, counter.count + by);
    else if (by > 0) counters.set(key, { count: 1, sinceMs: clock.nowMs() });
  }

  function changeBoth(remoteAddress: string, subject: string, by: 1 | -1): void {
    const network = networkOf(remoteAddress);
    change(pairs, `${network} ${subject}`, by);
    change(addresses, network, by);
  }

  return {
    blockedForMs(remoteAddress, subject) {
      const network = networkOf(remoteAddress);
      return Math.max(waitMs(pairs, `${network} ${subject}`, maxPerPair), waitMs(addresses, network, maxPerAddress));
    },
    add: (remoteAddress, subject) => changeBoth(remoteAddress, subject, 1),
    takeBack: (remoteAddress, subject) => changeBoth(remoteAddress, subject, -1),
  };
}
