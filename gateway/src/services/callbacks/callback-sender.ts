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
  endCallbackLeases,
  expireCallbacks,
} from "../../store/callback-queue.ts";
import type { Database } from "../../store/database.ts";
import type { Service } from "../service.ts";
import { type AttemptResult, attemptCallback, type OnInboundReply } from "./attempt.ts";
import { createOriginLimits } from "./origin-limits.ts";
import { createOutcomeWriter } from "./outcome-writer.ts";
import type { SigningTokens } from "./signed-request.ts";

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
    /** The account's auth tokens as they are now. */
    signingTokensOf(accountSid: AccountSid): Promise<SigningTokens>;
  };
  readonly onInboundReply: OnInboundReply;
  /** Under way at the most. Default 50. */
  readonly concurrency?: number;
  /** Of those, to one origin. Default 10. */
  readonly perOrigin?: number;
  /** What other processes store, and what is due again, is found this soon. Default 250: an idle poll is one look at an index. */
  readonly pollMs?: number;
  /** No other gateway is on this database: whatever is leased at the start belongs to the dead. Default false. */
  readonly alone?: boolean;
  /** How long stop() waits for requests under way before it gives their callbacks back. Default 5000. */
  readonly graceMs?: number;
  /** Told of each stored try. */
  readonly onResult?: (result: "delivered" | "retry" | "failed") => void;
}

/** One try with everything in it: quick retries, the fallback URL, redirects. */
const tryLimitMs = 45_000;
/** Longer than any try. */
const leaseMs = 75_000;
const expireEveryMs = 60_000;
/** When the gateway itself was the reason. */
const ownTroubleRetryMs = 5_000;

export function createCallbackSender(deps: CallbackSenderDeps): CallbackSender {
  const { db, clock, log } = deps;
  const concurrency = deps.concurrency ?? 50;
  const perOrigin = Math.min(deps.perOrigin ?? 10, concurrency);
  const limits = createOriginLimits({ clock, perOrigin });
  const writer = createOutcomeWriter({ db, clock, log, patienceMs: leaseMs / 2 });
  const attemptDeps = {
    egress: deps.egress,
    signingTokensOf: deps.accounts.signingTokensOf,
    onInboundReply: deps.onInboundReply,
  };
  const inFlight = new Map<Promise<void>, AbortController>();
  const bell = createBell();
  let stopping = false;
  let givingBack = false;
  let loop: Promise<void> = Promise.resolve();
  let expiredAtMs = clock.nowMs();
  let walkedTo = "";

  async function claim(): Promise<boolean> {
    const free = concurrency - inFlight.size;
    if (free <= 0) return false;
    const nowMs = clock.nowMs();
    const { claimed, more, next } = await claimDueCallbacks(db, {
      now: new Date(nowMs),
      leaseEnd: new Date(nowMs + leaseMs),
      limit: free,
      freeOf: limits.freeOf,
      after: walkedTo,
    });
    walkedTo = next;
    for (const callback of claimed) begin(callback);
    return more;
  }

  function begin(callback: ClaimedCallback): void {
    limits.begin(callback.origin);
    const abort = new AbortController();
    const limit = setTimeout(() => abort.abort(), tryLimitMs);
    const task = deliver(callback, abort.signal).finally(() => {
      clearTimeout(limit);
      inFlight.delete(task);
      bell.ring();
    });
    inFlight.set(task, abort);
  }

  async function deliver(callback: ClaimedCallback, signal: AbortSignal): Promise<void> {
    const result = await tried(callback, signal);
    limits.end(callback.origin, result.verdict);
    const outcome = outcomeOf(callback, result, givingBack, clock.nowMs());
    await writer.write(outcome);
    if (outcome.tried) deps.onResult?.(outcome.state === "pending" ? "retry" : outcome.state);
  }

  async function tried(callback: ClaimedCallback, signal: AbortSignal): Promise<AttemptResult> {
    try {
      return await attemptCallback(attemptDeps, callback, signal);
    } catch (error) {
      const err = toError(error);
      log.error({ err, callback: callback.id, account: callback.accountSid }, "a callback could not be tried");
      const retryAfter = String(ownTroubleRetryMs / 1000);
      return {
        kind: "retry",
        status: null,
        error: "12400 gateway error",
        refused: false,
        retryAfter,
        verdict: "unknown",
      };
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
      if (!more) await bell.wait(deps.pollMs ?? 250);
    }
  }

  function giveBack(): void {
    givingBack = true;
    for (const abort of inFlight.values()) abort.abort();
    void writer.stop();
  }

  return {
    name: "callbacks",
    async start() {
      if (deps.alone === true) await endCallbackLeases(db, new Date(clock.nowMs()), leaseMs);
      loop = run();
    },
    wake: bell.ring,
    async stop() {
      stopping = true;
      bell.ring();
      await loop;
      const graceOver = setTimeout(giveBack, deps.graceMs ?? 5_000);
      await Promise.allSettled(inFlight.keys());
      clearTimeout(graceOver);
      await writer.stop();
    },
  };
}

function outcomeOf(
  callback: ClaimedCallback,
  result: AttemptResult,
  givingBack: boolean,
  nowMs: number,
): CallbackOutcome {
  if (result.kind === "aborted" && givingBack) {
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
