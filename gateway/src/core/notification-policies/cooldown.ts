// The cool-down of a recipient: how long until the next notification, and how many there may be in a row. A series ends
// when nothing was sent for half an hour; whoever goes beyond the limit is blocked for as long.

import type { ActiveCooldown } from "./policy.ts";

/** What is known of a recipient. */
export interface Series {
  readonly sends: number;
  readonly lastMs: number;
  /** Null: not blocked. */
  readonly blockedUntilMs: number | null;
}

export type CooldownVerdict =
  | { readonly kind: "pass"; readonly series: Series }
  | { readonly kind: "early"; readonly waitMs: number; readonly series: Series }
  | { readonly kind: "blocked"; readonly untilMs: number; readonly series: Series };

export const blockMs = 30 * 60_000;

/** `atMs`: when the notification was asked for. `series` of the result is what is known from then on. */
export function judgeCooldown(series: Series | null, cooldown: ActiveCooldown, atMs: number): CooldownVerdict {
  if (series?.blockedUntilMs != null && atMs < series.blockedUntilMs) {
    return { kind: "blocked", untilMs: series.blockedUntilMs, series };
  }
  const isOver = series === null || series.blockedUntilMs !== null || atMs - series.lastMs >= blockMs;
  if (isOver) return { kind: "pass", series: { sends: 1, lastMs: atMs, blockedUntilMs: null } };
  const resends = series.sends - 1;
  if (resends >= cooldown.resendLimit) {
    const untilMs = atMs + blockMs;
    return { kind: "blocked", untilMs, series: { ...series, blockedUntilMs: untilMs } };
  }
  const periodMs = cooldown.periodsMs[Math.min(resends, cooldown.periodsMs.length - 1)] ?? 0;
  const waitMs = series.lastMs + periodMs - atMs;
  if (waitMs > 0) return { kind: "early", waitMs, series };
  return { kind: "pass", series: { sends: series.sends + 1, lastMs: atMs, blockedUntilMs: null } };
}
