// When a provider is asked what became of a message: soon and ever more seldom where nobody calls back; late and a few
// times where reports should have come by themselves.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What has not been reported by then never will be. */
const giveUpAfterMs = 36 * HOUR;

const polled = [5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR];
const calledBack = [10 * MINUTE, 30 * MINUTE, 2 * HOUR, 8 * HOUR, 24 * HOUR];

export interface PollState {
  /** Epoch milliseconds. */
  readonly sentAtMs: number;
  /** The provider has a URL to report to. */
  readonly calledBack: boolean;
  /** How often it was asked before. */
  readonly tries: number;
}

/** Epoch milliseconds; null: no more. */
export function nextPollMs({ sentAtMs, calledBack: waits, tries }: PollState, nowMs: number): number | null {
  const delays = waits ? calledBack : polled;
  const delay = delays[tries] ?? (waits ? null : delays.at(-1));
  if (delay === null || delay === undefined) return null;
  const atMs = nowMs + delay;
  return atMs - sentAtMs > giveUpAfterMs ? null : atMs;
}
