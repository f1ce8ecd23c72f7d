// Trying again: backoff with full jitter, the gateway's Retry-After honoured, for a limited time. Only for requests
// that carry an idempotency key, which makes another try safe whatever became of the one before.

import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "./gateway-client.ts";

export interface RetryBudget {
  /** How long a request is tried for, from its first try. */
  readonly retryForMs: number;
  /** Aborted: no further try and no more waiting. A try under way is finished. */
  readonly signal: AbortSignal;
  readonly onRetry?: (answer: Extract<Answer, { kind: "later" }>) => void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/** The first answer that is not `later`, or the last one when the budget is spent; "stopped" when the signal came first. */
export async function withRetries(attempt: () => Promise<Answer>, budget: RetryBudget): Promise<Answer | "stopped"> {
  const startedMs = performance.now();
  for (let tries = 0; ; tries++) {
    const answer = await attempt();
    if (answer.kind !== "later") return answer;
    const backoffMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries) * Math.random();
    // Spread out behind the moment that everybody was told to come back at.
    const waitMs = answer.retryAfterMs > 0 ? answer.retryAfterMs + backoffMs / 4 : backoffMs;
    if (performance.now() - startedMs + waitMs > budget.retryForMs) return budget.signal.aborted ? "stopped" : answer;
    budget.onRetry?.(answer);
    if (!(await waited(waitMs, budget.signal))) return "stopped";
  }
}

async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch (thrown) {
    if (signal.aborted) return false;
    throw thrown;
  }
}
