// How often and how soon a hand-over is tried again, and when a provider is given up for a message.

import type { Uuid } from "../ids.ts";

export interface RetrySettings {
  /** Tries on one provider while another could take over. */
  readonly triesBeforeNext: number;
  /** Tries on the last provider of the chain. */
  readonly triesOnLast: number;
  readonly baseMs: number;
  readonly capMs: number;
  /** How long an unknown outcome is looked up before the provider's policy decides. */
  readonly lookupMs: number;
}

// The last provider is tried for about half an hour: 1, 2, 4 … 256 s, then every 5 minutes.
export const defaultRetrySettings: RetrySettings = {
  triesBeforeNext: 3,
  triesOnLast: 14,
  baseMs: 1000,
  capMs: 300_000,
  lookupMs: 600_000,
};

export interface PastAttempt {
  readonly providerId: Uuid;
  readonly outcome: string | null;
}

/** Exponential back-off with full jitter above half of it; a Retry-After is never undercut. `random` is in [0, 1). */
export function backoffMs(settings: RetrySettings, triesSoFar: number, random: number, retryAfterMs = 0): number {
  const full = Math.min(settings.capMs, settings.baseMs * 2 ** Math.max(0, triesSoFar - 1));
  return Math.max(retryAfterMs, full / 2 + (full / 2) * random);
}

/** How often a provider has put this message off, or lost it. */
export function triesOf(history: readonly PastAttempt[], providerId: Uuid): number {
  return history.filter((attempt) => attempt.providerId === providerId && isTry(attempt)).length;
}

function isTry({ outcome }: PastAttempt): boolean {
  return outcome === "retry" || outcome === "lost";
}

/**
 * The providers that are given up for a message: those that said they cannot send it, and those that have used up their
 * tries (the larger budget counts when nobody else is left).
 */
export function exhaustedProviders(
  history: readonly PastAttempt[],
  settings: RetrySettings,
  othersLeft: boolean,
): ReadonlySet<Uuid> {
  const exhausted = new Set<Uuid>();
  const budget = othersLeft ? settings.triesBeforeNext : settings.triesOnLast;
  const tries = new Map<Uuid, number>();
  for (const attempt of history) {
    const { providerId } = attempt;
    const made = (tries.get(providerId) ?? 0) + (isTry(attempt) ? 1 : 0);
    tries.set(providerId, made);
    if (attempt.outcome === "next-provider" || made >= budget) exhausted.add(providerId);
  }
  return exhausted;
}
