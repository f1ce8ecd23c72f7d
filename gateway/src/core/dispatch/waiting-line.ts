// The line in front of a provider that takes nothing more just now: gives each message that has to wait a moment of its
// own to come again. As many come in a second as the provider could take, and some more: it must not fall idle, and those
// who come in vain must not keep the queue from others.

export interface WaitingLine {
  /** When a message may come again, ms since the epoch; not before `notBeforeMs`. `random` is in [0, 1). */
  join(nowMs: number, notBeforeMs: number, random: number): number;
  /** The provider is through with a message. */
  served(nowMs: number): void;
  /** How many messages the provider was through with, about, in the last second. */
  servedPerSecond(nowMs: number): number;
  /** Is somebody still to come? */
  isBusy(nowMs: number): boolean;
}

/** Each look in vain costs two short updates: a thousand a second take about a twentieth of a core pair. */
const perSecondMin = 1000;
const perServed = 1.5;
const firstGapMs = 50;
/** Whoever is further back comes some time in the second half of this. */
const lengthMsMax = 600_000;

export function createWaitingLine(): WaitingLine {
  let endMs = 0;
  let windowStartMs = 0;
  let served = 0;
  let servedBefore = 0;

  function turnWindow(nowMs: number): void {
    if (nowMs - windowStartMs < 1000) return;
    servedBefore = nowMs - windowStartMs < 2000 ? served : 0;
    served = 0;
    windowStartMs = nowMs;
  }

  function servedPerSecond(nowMs: number): number {
    turnWindow(nowMs);
    return Math.max(served, servedBefore);
  }

  return {
    servedPerSecond,
    join(nowMs, notBeforeMs, random) {
      const perSecond = Math.max(perSecondMin, perServed * servedPerSecond(nowMs));
      const beginMs = Math.max(nowMs + firstGapMs, notBeforeMs);
      const placeMs = Math.max(endMs, beginMs) + 1000 / perSecond;
      if (placeMs - beginMs > lengthMsMax) return beginMs + (lengthMsMax / 2) * (1 + random);
      endMs = placeMs;
      return placeMs;
    },
    served(nowMs) {
      turnWindow(nowMs);
      served += 1;
    },
    isBusy: (nowMs) => endMs > nowMs,
  };
}
