// Delivers callbacks: claims what is due, tries it, stores what came of it or when to try again. Durable in the
// database, so that any number of senders share the work and none of it is lost with a process. Never sends two
// callbacks of one message at the same time.

import type { Logger } from "pino";
import type { Egress } from "../../carriers/egress.ts";
import { nextTryMs, retryAfterMs } from "../../core/callbacks/retries.ts";
import type { Clock } from "../../core/clock.ts";
import { toError } from "../../core/errors.ts";
import type { AccountSid } from "../../core/ids.ts";
import {
  type CallbackOutcome,
  type ClaimedCallback,
  claimDueCallbacks,
  expireCallbacks,
} from "../../store/callback-queue.ts";
import type { Database } from "../../store/database.ts";
import type { Service } from "../service.ts";
import { type AttemptResult, attemptCallback, type OnInboundReply } from "./attempt.ts";
import { createOriginLimits } from "./origin-limits.ts";
import { createOutcomeWriter } from "./outcome-writer.ts";

export interface CallbackSender extends Service {
  /** Something may have come due; call after the commit. */
  wake(): void;
}

export interface CallbackSenderDeps {
  readonly db: Database;
  readonly egress: Egress;
  readonly clock: Clock;
  readonly log: Logger;
  readonly accounts: {
    /** The account's current primary auth token. */
    authTokenOf(accountSid: AccountSid): Promise<string>;
  };
  readonly onInboundReply: OnInboundReply;
  /** Under way at the most. Default 50. */
  readonly concurrency?: number;
  /** Of those, to one origin. Default 10. */
  readonly perOrigin?: number;
  readonly pollMs?: number;
  /** How long stop() waits for requests under way before it gives their callbacks back. Default 5000. */
  readonly graceMs?: number;
  /** Told of each stored try. */
  readonly onResult?: (result: "delivered" | "retry" | "failed") => void;
}

/** Longer than any try: two URLs of an inbound message, six hops each, 15 s a hop. */
const leaseMs = 240_000;
const expireEveryMs = 60_000;
/** When the gateway itself was the reason. */
const ownTroubleRetryMs = 5_000;

export function createCallbackSender(deps: CallbackSenderDeps): CallbackSender {
  const { db, clock, log } = deps;
  const concurrency = deps.concurrency ?? 50;
  const perOrigin = Math.min(deps.perOrigin ?? 10, concurrency);
  const limits = createOriginLimits({ clock, perOrigin });
  const writer = createOutcomeWriter({ db, clock, log, patienceMs: leaseMs / 2 });
  const attemptDeps = { egress: deps.egress, authTokenOf: deps.accounts.authTokenOf, onInboundReply: deps.onInboundReply };
  const abort = new AbortController();
  const inFlight = new Set<Promise<void>>();
  const bell = createBell();
  let stopping = false;
  let loop: Promise<void> = Promise.resolve();
  let expiredAtMs = clock.nowMs();

  async function claim(): Promise<boolean> {
    const free = concurrency - inFlight.size;
    if (free <= 0) return false;
    const nowMs = clock.nowMs();
    const { claimed, more } = await claimDueCallbacks(db, {
      now: new Date(nowMs),
      leaseEnd: new Date(nowMs + leaseMs),
      limit: free,
      perOrigin,
      busyOrigins: limits.busy(),
    });
    for (const callback of claimed) begin(callback);
    return more;
  }

  function begin(callback: ClaimedCallback): void {
    limits.begin(callback.origin);
    const task = deliver(callback).finally(() => {
      inFlight.delete(task);
      bell.ring();
    });
    inFlight.add(task);
  }

  async function deliver(callback: ClaimedCallback): Promise<void> {
    const result = await tried(callback);
    limits.end(callback.origin, result.verdict);
    bell.ring();
    const outcome = outcomeOf(callback, result, clock.nowMs());
    await writer.write(outcome);
    if (outcome.tried) deps.onResult?.(outcome.state === "pending" ? "retry" : outcome.state);
  }

  async function tried(callback: ClaimedCallback): Promise<AttemptResult> {
    try {
      return await attemptCallback(attemptDeps, callback, abort.signal);
    } catch (error) {
      const err = toError(error);
      log.error({ err, callback: callback.id, account: callback.accountSid }, "a callback could not be tried");
      const retryAfter = String(ownTroubleRetryMs / 1000);
      return { kind: "retry", status: null, error: "12400 gateway error", refused: false, retryAfter, verdict: "unknown" };
    }
  }

  async function expire(): Promise<void> {
    if (clock.nowMs() - expiredAtMs < expireEveryMs) return;
    expiredAtMs = clock.nowMs();
    const reason = "11205 the host did not answer for as long as this was to be tried";
    const count = await expireCallbacks(db, limits.resting(), reason, new Date(expiredAtMs));
    if (count > 0) log.warn({ callbacks: count }, "callbacks to hosts that stay away were given up");
    for (let index = 0; index < count; index++) deps.onResult?.("failed");
  }

  async function run(): Promise<void> {
    while (!stopping) {
      let more = false;
      try {
        await expire();
        more = await claim();
      } catch (error) {
        log.warn({ err: toError(error) }, "callbacks could not be claimed");
      }
      if (!more) await bell.wait(deps.pollMs ?? 1_000);
    }
  }

  return {
    name: "callbacks",
    start() {
      loop = run();
      return Promise.resolve();
    },
    wake: bell.ring,
    async stop() {
      stopping = true;
      bell.ring();
      await loop;
      const graceOver = setTimeout(() => abort.abort(), deps.graceMs ?? 5_000);
      const drained = Promise.allSettled(inFlight);
      abort.signal.addEventListener("abort", () => void writer.stop(), { once: true });
      await drained;
      clearTimeout(graceOver);
      await writer.stop();
    },
  };
}

function outcomeOf(callback: ClaimedCallback, result: AttemptResult, nowMs: number): CallbackOutcome {
  if (result.kind === "aborted") {
    return { callback, state: "pending", dueAt: new Date(nowMs), tried: false, status: null, error: null };
  }
  const { status, error } = result;
  if (result.kind === "delivered") return { callback, state: "delivered", dueAt: null, tried: true, status, error };
  const nextMs = nextTryMs({
    attempts: callback.attempts + 1,
    refused: result.refused,
    retryAfterMs: retryAfterMs(result.retryAfter, nowMs),
    nowMs,
    expiresAtMs: callback.expiresAt.getTime(),
  });
  if (nextMs === null) return { callback, state: "failed", dueAt: null, tried: true, status, error };
  return { callback, state: "pending", dueAt: new Date(nextMs), tried: true, status, error };
}

/** Wakes one waiter; a ring while nobody waits is kept for the next. */
function createBell(): { ring(): void; wait(ms: number): Promise<void> } {
  let rung = false;
  let wake: (() => void) | null = null;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(ms) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      wake = null;
      rung = false;
    },
  };
}
