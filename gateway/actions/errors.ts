// The one error type of the actions. Its kind says what to do next; its message is for a person and never holds a
// secret, a message's text or an answer that is not from the API.

/**
 * - `invalid-input`: nothing was sent; mend what was given.
 * - `credentials`: the server refused the credentials, or they may not do this.
 * - `not-found`, `refused`: the server said no, for good.
 * - `rate-limited`: too many requests; nothing was done.
 * - `unavailable`: no answer, or a failing server, and nothing was changed.
 * - `unknown-outcome`: it may have been done; it was not repeated.
 * - `unexpected-answer`: what answered is not the API: HTML, wrong shape, too large.
 * - `aborted`: the caller's signal.
 */
export type ActionErrorKind =
  | "invalid-input"
  | "credentials"
  | "not-found"
  | "refused"
  | "rate-limited"
  | "unavailable"
  | "unknown-outcome"
  | "unexpected-answer"
  | "aborted";

export interface ActionErrorFacts {
  /** HTTP status; absent when there was no answer. */
  readonly status?: number;
  /** Twilio's error code. */
  readonly code?: number;
  readonly moreInfo?: string;
  /** Seconds after which the server wants to be asked again. */
  readonly retryAfterSeconds?: number;
  /** The answer's body, parsed when it was JSON. Only Raw Request gives it. */
  readonly body?: unknown;
}

export class ActionError extends Error {
  readonly kind: ActionErrorKind;
  readonly facts: ActionErrorFacts;

  constructor(kind: ActionErrorKind, message: string, facts: ActionErrorFacts = {}) {
    super(message);
    this.name = "ActionError";
    this.kind = kind;
    this.facts = facts;
  }
}

export function invalidInput(message: string): ActionError {
  return new ActionError("invalid-input", message);
}
