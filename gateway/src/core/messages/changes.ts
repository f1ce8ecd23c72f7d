// What may still be changed about a stored message: cancelled, redacted, deleted. Only decides; the guards of the
// UPDATE and DELETE statements are made of the same facts, so that a race with dispatch is decided in the database.

import { GatewayError } from "../errors.ts";
import { type MessageStatus, messageStatuses } from "./message.ts";
import { isFinal } from "./status.ts";

/** Only a message that waits for its time can be cancelled; a queued one may be on its way already. */
export const cancelableStatuses: readonly MessageStatus[] = ["scheduled"];

/** The statuses in which nothing more is going to happen to a message. */
export const completeStatuses: readonly MessageStatus[] = messageStatuses.filter(isFinal);

/**
 * A message that is `sent` and got no delivery report for this long counts as complete: not every carrier reports, and
 * what can never be redacted or deleted would be kept for ever. Carriers give up reporting after three days.
 */
export const reportsAwaitedMs = 72 * 3600 * 1000;

export interface MessageChange {
  readonly cancel: boolean;
  readonly redact: boolean;
}

/**
 * Reads an update request. An empty body redacts, the status `canceled` cancels, both do both; neither changes nothing.
 * Throws `invalid-parameter` for any other value.
 */
export function readChange(request: { readonly body?: string; readonly status?: string }): MessageChange {
  if (request.body !== undefined && request.body !== "") {
    throw invalid("Body", "'Body' may only be updated to the empty text, which redacts the message.");
  }
  if (request.status !== undefined && request.status !== "canceled") {
    throw invalid("Status", "'Status' may only be updated to canceled.");
  }
  return { cancel: request.status !== undefined, redact: request.body !== undefined };
}

function invalid(parameter: string, message: string): GatewayError {
  return new GatewayError("invalid-parameter", message, { values: { parameter } });
}
