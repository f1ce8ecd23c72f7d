// What follows an outcome: the outcome table of the design as one pure function.

import type { RetrySettings } from "./retry.ts";
import { backoffMs } from "./retry.ts";

export interface Outcome {
  readonly kind: "accepted" | "adopted" | "retry" | "next-provider" | "refused" | "unknown" | "lost";
  readonly errorCode: number | null;
  readonly retryAfterMs?: number;
  /** Of an unknown outcome: nobody will ever know more. */
  readonly final?: boolean;
}

export interface Situation {
  /** Tries that this provider has put off or lost, this one included. */
  readonly tries: number;
  /** Another provider could take over. */
  readonly hasNext: boolean;
  /** Since the attempt was stored. */
  readonly ageMs: number;
  readonly random: number;
  /** What the provider's owner wants done when nobody can tell whether it was sent. */
  readonly unknownPolicy: "fail" | "resend";
}

export type NextStep =
  | { readonly kind: "sent" }
  | { readonly kind: "failed"; readonly errorCode: number }
  /** Queued again, after a while: this provider or, when it is exhausted, the next. */
  | { readonly kind: "again"; readonly afterMs: number }
  /** Still open: the provider is asked again after a while. */
  | { readonly kind: "ask-again"; readonly afterMs: number };

/** The provider did not answer and cannot be asked. */
export const providerTimeoutCode = 30410;
const unknownErrorCode = 30008;

export function nextStep(outcome: Outcome, situation: Situation, settings: RetrySettings): NextStep {
  const errorCode = outcome.errorCode ?? unknownErrorCode;
  switch (outcome.kind) {
    case "accepted":
    case "adopted":
      return { kind: "sent" };
    case "refused":
      return { kind: "failed", errorCode };
    case "next-provider":
      return situation.hasNext ? { kind: "again", afterMs: 0 } : { kind: "failed", errorCode };
    case "lost":
    case "retry":
      return tryAgain(outcome, situation, settings);
    case "unknown": {
      if (situation.ageMs < settings.lookupMs && outcome.final !== true) {
        // A clock that was set back must not make this NaN.
        const asked = Math.max(1, Math.ceil(Math.log2(Math.max(0, situation.ageMs) / settings.baseMs + 1)));
        return { kind: "ask-again", afterMs: backoffMs(settings, asked, situation.random) };
      }
      if (situation.unknownPolicy === "resend") return { kind: "again", afterMs: 0 };
      return { kind: "failed", errorCode: providerTimeoutCode };
    }
  }
}

/** Once more on this provider, or, when it has used up its tries, on the next. */
function tryAgain(outcome: Outcome, { tries, hasNext, random }: Situation, settings: RetrySettings): NextStep {
  if (hasNext && tries >= settings.triesBeforeNext) return { kind: "again", afterMs: 0 };
  const lost = outcome.kind === "lost";
  if (tries >= settings.triesOnLast) {
    return { kind: "failed", errorCode: lost ? providerTimeoutCode : (outcome.errorCode ?? unknownErrorCode) };
  }
  // A request that was lost once is worth another at once.
  if (lost && tries <= 1) return { kind: "again", afterMs: 0 };
  return { kind: "again", afterMs: backoffMs(settings, tries, random, outcome.retryAfterMs) };
}
