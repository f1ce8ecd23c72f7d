// How much may be under way to one origin, and whether it is worth asking at all: a limit that keeps one slow place
// from taking every slot, and a breaker that leaves a dead one alone but for a probe now and then. Per process; the
// callbacks of a closed-off origin simply stay due. Remembers so many origins at the most: those heard of least lately
// are forgotten, and get their chance anew.

import { LRUCache } from "lru-cache";
import type { Clock } from "../../core/clock.ts";

/** `up`: it answered, whatever it said; `down`: no answer, or 5xx; `unknown`: never got that far. */
export type OriginVerdict = "up" | "down" | "unknown";

export interface OriginLimits {
  begin(origin: string): void;
  end(origin: string, verdict: OriginVerdict): void;
  /** How many more may be begun to this origin now. */
  freeOf(origin: string): number;
  /** Origins that are being left alone. */
  resting(): string[];
}

interface OriginState {
  inFlight: number;
  /** In a row. */
  failures: number;
  /** Times that the breaker has opened in a row. */
  rests: number;
  restsUntilMs: number;
}

const failuresToRest = 10;
const firstRestMs = 30_000;
const longestRestMs = 600_000;
/** Some 10 MB. */
const originsMaxDefault = 50_000;

export interface OriginLimitsDeps {
  readonly clock: Clock;
  readonly perOrigin: number;
  /** Remembered at the most; far more than can be under way, so that none in use is forgotten. Default 50 000. */
  readonly originsMax?: number;
}

export function createOriginLimits({
  clock,
  perOrigin,
  originsMax = originsMaxDefault,
}: OriginLimitsDeps): OriginLimits {
  const states = new LRUCache<string, OriginState>({ max: originsMax });

  function freeOf(origin: string): number {
    const state = states.peek(origin);
    if (state === undefined) return perOrigin;
    if (state.failures < failuresToRest) return Math.max(0, perOrigin - state.inFlight);
    // after the rest one probe at a time says whether to go on
    return clock.nowMs() < state.restsUntilMs ? 0 : Math.max(0, 1 - state.inFlight);
  }

  function judge(state: OriginState, verdict: OriginVerdict): void {
    if (verdict === "up") {
      state.failures = 0;
      state.rests = 0;
    } else if (verdict === "down") {
      state.failures += 1;
      // those that were under way when the rest began must not prolong it
      if (state.failures < failuresToRest || clock.nowMs() < state.restsUntilMs) return;
      state.restsUntilMs = clock.nowMs() + Math.min(firstRestMs * 2 ** state.rests, longestRestMs);
      state.rests += 1;
    }
  }

  return {
    begin(origin) {
      const state = states.get(origin) ?? { inFlight: 0, failures: 0, rests: 0, restsUntilMs: 0 };
      state.inFlight += 1;
      states.set(origin, state);
    },
    end(origin, verdict) {
      const state = states.get(origin);
      if (state === undefined) return;
      state.inFlight -= 1;
      judge(state, verdict);
      if (state.inFlight === 0 && state.failures === 0) states.delete(origin);
    },
    freeOf,
    resting() {
      const now = clock.nowMs();
      return [...states.entries()]
        .filter(([, state]) => state.failures >= failuresToRest && now < state.restsUntilMs)
        .map(([origin]) => origin);
    },
  };
}
