// What a claim comes to when no hand-over was made.

import { newUuid } from "../../core/ids.ts";
import type { Attempt } from "../../store/attempts.ts";
import type { ClaimedMessage, ClaimResult } from "../../store/queue.ts";

/** It ends here. */
export function failed(message: ClaimedMessage, errorCode: number): ClaimResult {
  const event = { id: newUuid(), type: "message.failed", data: { errorCode } };
  return { ...released(message), status: "failed", errorCode, event };
}

/** An earlier attempt has it. */
export function sentAfterAll(message: ClaimedMessage, { attempt, providerId }: Attempt): ClaimResult {
  const event = { id: newUuid(), type: "message.sent", data: { attempt, providerId } };
  return { ...released(message), status: "sent", event };
}

/** As it was before the claim, until then. */
export function held(message: ClaimedMessage, until: Date): ClaimResult {
  return { ...released(message), dueAt: until, paced: message.paced };
}

/** As it was before the claim; the queue is done with it. */
export function released(message: ClaimedMessage): ClaimResult {
  const { accountSid, sid, claim, status } = message;
  return { accountSid, sid, claim, status, dueAt: null, errorCode: null, paced: false, attempt: null, event: null };
}
