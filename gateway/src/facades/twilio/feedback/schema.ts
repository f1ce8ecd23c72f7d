// The form of a feedback request.

import { GatewayError } from "../../../core/errors.ts";
import type { FeedbackOutcome } from "../../../store/message-media.ts";
import { type Form, first } from "../form.ts";

/** `Outcome`: `confirmed` (the default) or `unconfirmed`. */
export function readOutcome(form: Form): FeedbackOutcome {
  const outcome = first(form, "Outcome") || "confirmed";
  if (outcome === "confirmed" || outcome === "unconfirmed") return outcome;
  throw new GatewayError("invalid-parameter", "'Outcome' is confirmed or unconfirmed.", {
    values: { parameter: "Outcome" },
  });
}
