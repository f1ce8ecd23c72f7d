// When a callback that failed is tried again. Durable retries go on for a day, so that an application that was down
// overnight misses nothing; what the application itself refused (4xx) is asked again as long, but seldom.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Counted from when the callback came up: the last try is made then, and a failure after it is final. */
export const retryForMs = 25 * HOUR;

const usual = [5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR];
const refused = [MINUTE, 15 * MINUTE, 2 * HOUR, 8 * HOUR, 14 * HOUR];
/** Of each delay, at random: so that what failed together does not come back together. */
const jitter = 0.2;

export interface FailedTry {
  /** Durable tries made, this one included: 1, 2, … */
  readonly attempts: number;
  /** The application answered 4xx other than 408 (timeout) and 429 (too many). */
  readonly refused: boolean;
  /** What the answer's Retry-After asked for. */
  readonly retryAfterMs: number | null;
  readonly nowMs: number;
  readonly expiresAtMs: number;
}

/** The moment of the next try, epoch milliseconds; null: given up. `random` is in [0, 1). */
export function nextTryMs(failed: FailedTry, random: () => number = Math.random): number | null {
  if (failed.nowMs >= failed.expiresAtMs) return null;
  const delays = failed.refused ? refused : usual;
  const delay = delays[Math.min(failed.attempts, delays.length) - 1] ?? MINUTE;
  const spread = delay * (1 + jitter * random());
  return Math.round(Math.min(failed.nowMs + Math.max(spread, failed.retryAfterMs ?? 0), failed.expiresAtMs));
}

/** Is this status the application's own refusal, rather than trouble that passes? */
export function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

/** A Retry-After header (seconds or an HTTP date: RFC 9110, 10.2.3) in ms from now; null when absent or unreadable. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * SECOND;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
