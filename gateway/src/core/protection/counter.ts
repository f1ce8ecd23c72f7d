// What is counted for a destination: how many messages in the current minute, ten minutes and hour, and what is usual
// there. Pure; store/protection-counters.ts does the same arithmetic in SQL, for many counters at once.

export type CounterScope = "account" | "country" | "prefix" | "recipient";

export interface Counter {
  /** Minutes since the Unix epoch: of the first message, and of the last. */
  readonly sinceMinute: number;
  readonly minute: number;
  readonly inMinute: number;
  readonly inTenMinutes: number;
  readonly inHour: number;
  /** Days since the Unix epoch. */
  readonly day: number;
  /** The busiest ten minutes (prefix) or hour (others) of that day. */
  readonly peak: number;
  /** What the days before have taught: their busiest window, fading. */
  readonly usual: number;
}

export const minutesPerDay = 1440;

/**
 * How a day that is over becomes what is usual. What is usual fades with a half-life of a week. A day raises it to its own
 * peak, but not by more than `growth` times, or to `freely`: an attack must not teach that attacks are usual, while an
 * account that grows is followed within days.
 */
export const learning = { fadePerDay: 0.9, growth: 4, freely: 100 } as const;

export function minuteOf(ms: number): number {
  return Math.floor(ms / 60_000);
}

/** The counter after `count` more messages in `minute`. A clock that is behind counts into what is already current. */
export function countMore(before: Counter | null, scope: CounterScope, count: number, minute: number): Counter {
  if (before === null) return firstCounter(count, minute);
  const day = Math.floor(minute / minutesPerDay);
  const same = (unit: number): boolean => Math.floor(before.minute / unit) >= Math.floor(minute / unit);
  const inTenMinutes = (same(10) ? before.inTenMinutes : 0) + count;
  const inHour = (same(60) ? before.inHour : 0) + count;
  const today = before.day >= day;
  return {
    sinceMinute: before.sinceMinute,
    minute: Math.max(before.minute, minute),
    inMinute: (same(1) ? before.inMinute : 0) + count,
    inTenMinutes,
    inHour,
    day: Math.max(before.day, day),
    peak: Math.max(today ? before.peak : 0, scope === "prefix" ? inTenMinutes : inHour),
    usual: today ? before.usual : learn(before, day),
  };
}

function firstCounter(count: number, minute: number): Counter {
  const counts = { inMinute: count, inTenMinutes: count, inHour: count, peak: count };
  return { sinceMinute: minute, minute, ...counts, day: Math.floor(minute / minutesPerDay), usual: 0 };
}

function learn({ usual, peak, day: lastDay }: Counter, day: number): number {
  const believed = Math.min(peak, Math.max(learning.freely, learning.growth * usual));
  // The last day's own peak begins to fade when the day after it is over.
  return Math.max(usual * learning.fadePerDay, believed) * learning.fadePerDay ** (day - lastDay - 1);
}
