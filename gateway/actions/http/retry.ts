// When to try again, and after how long: exponential waits with jitter that never come down to nothing, the server's
// Retry-After honoured. A request that the server may have acted on is repeated only when that is harmless.

import { setTimeout as sleep } from "node:timers/promises";
import { retryAfterMs } from "../../src/core/callbacks/retries.ts";
import { ActionError } from "../errors.ts";
import type { Exchange } from "./exchange.ts";

export interface RetryPlan {
  readonly retries: number;
  /** The wait before retry number `retry`, from 1. */
  delayMs(retry: number): number;
  /** A Retry-After beyond this is not waited for. */
  readonly longestWaitMs: number;
  mayRepeat(exchange: Exchange): boolean;
  readonly signal: AbortSignal | undefined;
}

const LONGEST_BACKOFF_MS = 30_000;
/** Trying again would end the same. */
const HOPELESS =
  /^(ENOTFOUND|EPROTO|HPE_|ERR_TLS|ERR_INVALID|ERR_HTTP|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|TOO_LARGE)/;

/** Runs `send` until it has an answer that counts. `send` is given the number of the attempt, from 1. */
export async function withRetries(send: (attempt: number) => Promise<Exchange>, plan: RetryPlan): Promise<Exchange> {
  for (let attempt = 1; ; attempt++) {
    const result = await send(attempt);
    if (attempt > plan.retries || plan.signal?.aborted === true || !plan.mayRepeat(result)) return result;
    const askedMs =
      result.kind === "answer" ? (retryAfterMs(result.headers["retry-after"] ?? null, Date.now()) ?? 0) : 0;
    if (askedMs > plan.longestWaitMs) return result;
    await pause(Math.max(askedMs, plan.delayMs(attempt)), plan.signal);
  }
}

/** Twice as long each time, between half of it and all of it, at most 30 s. */
export function backoffMs(baseMs: number, retry: number): number {
  const whole = Math.min(LONGEST_BACKOFF_MS, baseMs * 2 ** (retry - 1));
  return whole / 2 + (whole / 2) * Math.random();
}

/** `repeatable`: doing it twice is as good as once. */
export function mayRepeat(result: Exchange, repeatable: boolean): boolean {
  if (result.kind === "failed") {
    if (result.code === "ABORTED" || HOPELESS.test(result.code)) return false;
    return repeatable || !result.reached;
  }
  // 429: the server did nothing.
  if (result.status === 429) return true;
  return repeatable && (result.status === 408 || result.status >= 500);
}

/** Rejects with `aborted` when the signal comes first. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (thrown) {
    if (signal?.aborted !== true) throw thrown;
    throw new ActionError("aborted", "Stopped by the caller.");
  }
}
