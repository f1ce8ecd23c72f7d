// The built-in carrier: takes every message into its own record and owes a delivery report for it, unless a fault rule
// or a magic number says otherwise. Must never de-duplicate: the record is the judge of "was it sent twice?".

import { setTimeout as delay } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import { toError } from "../../core/errors.ts";
import { newUuid } from "../../core/ids.ts";
import type { AnswerFault, FaultInjector } from "../../core/sandbox/faults.ts";
import type { Carrier, Handover, HandoverOutcome } from "../carrier.ts";
import { isAtUpstream, wentElsewhere } from "../earlier-upstream.ts";
import type { FaultSource, SandboxRecord, SandboxSettings } from "./record.ts";
import { planReports } from "./report-plan.ts";

export interface SandboxCarrierDeps {
  readonly record: SandboxRecord;
  readonly faults: FaultSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: SandboxSettings;
  /**
   * Since when nobody else writes into the record, ms since the epoch: a gateway that is alone on its database knows that
   * whatever was under way before its start has ended. Null: others may be writing.
   */
  readonly aloneSinceMs: number | null;
}

/**
 * After this long a write that was under way has ended, one way or the other: the wait for a connection, the deadline of
 * the statement, and what a frozen process may add. Only then does "not in the record" mean that it was not taken.
 */
const settledAfterMs = 50_000;
const rememberedMax = 10_000;

/** Told to come later: Twilio's codes for a rate limit and for a service that is not there. */
const rateLimited = 20429;
const unavailable = 20503;

export function createSandboxCarrier(deps: SandboxCarrierDeps): Carrier {
  const { record, faults, log } = deps;
  /** Attempts that this process ended without writing anything: of those it is sure. */
  const notTaken = new LRUCache<string, true>({ max: rememberedMax });

  function isSure(handover: Handover): boolean {
    const startedMs = handover.startedAt.getTime();
    if (deps.aloneSinceMs !== null && startedMs < deps.aloneSinceMs) return true;
    return deps.clock.nowMs() - startedMs >= settledAfterMs;
  }

  return {
    kind: "sandbox",
    async send(_provider, handover, signal) {
      if (signal.aborted) return retry("canceled before the hand-over");
      let injector: FaultInjector;
      try {
        injector = await faults.of(handover.accountSid);
      } catch (error) {
        log.warn({ err: toError(error), messageSid: handover.messageSid }, "the sandbox cannot read its fault rules");
        return retry("the sandbox cannot read its fault rules");
      }
      const { latencyMs, answer } = injector.onHandover(handover);
      if (latencyMs > 0 && !(await waited(latencyMs, signal))) {
        notTaken.set(nameOf(handover), true);
        return unknown("no answer in the time allowed");
      }
      if (answer !== null && answer.type !== "lost-acknowledgement") {
        notTaken.set(nameOf(handover), true);
        return refusal(answer);
      }
      const taken = await take(deps, injector, handover);
      return answer === null ? taken : unknown("the acknowledgement was lost");
    },
    async lookup(provider, handover, signal) {
      if (notTaken.has(nameOf(handover))) return { kind: "absent" };
      if (signal.aborted) return { kind: "cannot-tell", reason: "canceled before the question" };
      try {
        const id = await record.find(handover);
        if (id !== null) return { kind: "found", carrierMessageId: id };
        if (isAtUpstream(provider, handover) !== "yes") return wentElsewhere;
        return isSure(handover) ? { kind: "absent" } : { kind: "cannot-tell", reason: "it may still be under way" };
      } catch (error) {
        log.warn({ err: toError(error), messageSid: handover.messageSid }, "the sandbox cannot read its record");
        return { kind: "cannot-tell", reason: "the sandbox cannot read its record" };
      }
    },
  };
}

/**
 * Writes the record. From here on `signal` is not heeded: the write cannot be taken back, and a lookup that came before
 * its commit would wrongly say "absent".
 */
async function take(deps: SandboxCarrierDeps, injector: FaultInjector, handover: Handover): Promise<HandoverOutcome> {
  const { record, clock, log, settings } = deps;
  const nowMs = clock.nowMs();
  const id = newUuid();
  const plan = planReports(injector, handover, settings, nowMs);
  try {
    await record.write({
      accountSid: handover.accountSid,
      id,
      messageSid: handover.messageSid,
      attempt: handover.attempt,
      from: handover.from,
      to: handover.to,
      body: handover.body,
      mediaUrls: handover.mediaUrls,
      errorCode: plan.errorCode,
      at: new Date(nowMs),
      startedAt: handover.startedAt,
      reports: plan.reports,
    });
    return { kind: "accepted", carrierMessageId: id };
  } catch (error) {
    log.warn({ err: toError(error), messageSid: handover.messageSid }, "the sandbox could not confirm its record");
    return unknown("the sandbox could not confirm its record");
  }
}

function nameOf({ messageSid, attempt }: Handover): string {
  return `${messageSid} ${attempt}`;
}

/** The answer under a fault that takes nothing. */
function refusal(fault: Exclude<AnswerFault, { type: "lost-acknowledgement" }>): HandoverOutcome {
  switch (fault.type) {
    case "rate-limit": {
      const outcome = { kind: "retry", errorCode: rateLimited, reason: "429: too many requests" } as const;
      if (fault.retryAfterSeconds === undefined) return outcome;
      return { ...outcome, retryAfterMs: fault.retryAfterSeconds * 1000 };
    }
    case "server-error":
      // A rate limiter's 503 is sent before the request is looked at; the others may hide a message that was taken.
      return fault.status === 503 ? retry("503: service unavailable") : unknown(`${fault.status}: server error`);
    case "connection-reset":
      return fault.when === "before-send"
        ? retry("the connection was reset before anything was sent")
        : unknown("the connection was reset before the answer came");
    case "failed-recipient":
      return { kind: "refused", errorCode: fault.errorCode, reason: "the recipient was refused" };
  }
}

function retry(reason: string): HandoverOutcome {
  return { kind: "retry", errorCode: unavailable, reason };
}

function unknown(reason: string): HandoverOutcome {
  return { kind: "unknown", reason };
}

/** False if `signal` ended the wait. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
