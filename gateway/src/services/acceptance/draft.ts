// What is about to be stored, and what can come of it.

import { GatewayError, toError } from "../../core/errors.ts";
import type { Message } from "../../core/messages/message.ts";
import type { Idempotency } from "../../core/messages/request.ts";
import type { NewMessage } from "../../store/message-insert.ts";

export interface Draft {
  readonly message: NewMessage;
  readonly idempotency: Idempotency | null;
  /** The sender has a pace: a slot must be taken. */
  readonly paced: boolean;
}

/** The message that an earlier request with the same key made. */
export interface Replay {
  readonly replayed: Message;
}

export type WriteResult = { readonly stored: NewMessage; readonly now: Date } | Replay | GatewayError;

export function optedOut(message: NewMessage): GatewayError {
  return new GatewayError("opted-out", "The recipient has opted out of messages from this sender.", {
    values: { to: message.to, from: message.from ?? "" },
  });
}

/** What a request is told whose message could not be stored, or not be read again. */
export function storageFailure(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError("internal", "The message could not be stored.", { cause: toError(error) });
}
