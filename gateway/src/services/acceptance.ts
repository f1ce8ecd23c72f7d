// The contract of acceptance: see acceptance/ for the work. Facades depend on this only.

import type { AccountSid, Uuid } from "../core/ids.ts";
import type { Message } from "../core/messages/message.ts";
import type { Idempotency, MessageRequest } from "../core/messages/request.ts";

export interface AcceptOptions {
  readonly direction?: "outbound-api" | "outbound-reply";
  readonly idempotency?: Idempotency;
  /** Send through this provider alone (test messages); the request needs no sender then. */
  readonly onlyProvider?: Uuid;
  /**
   * The request need not name a sender: whatever each provider of the chain sends from will do. Otherwise that is so only
   * where the settings of a provider in the chain say what it sends from.
   */
  readonly anySender?: boolean;
  /** The answer to a STOP itself: the one message that an opted-out contact may get. */
  readonly bypassConsent?: boolean;
}

export interface Accepted {
  readonly message: Message;
  /** The same request had been accepted before; this is that message. */
  readonly replayed: boolean;
}

export interface Acceptance {
  /**
   * Checks a request, stores the message and resolves after the commit.
   * Rejects with a GatewayError for whatever is wrong with the request (nothing is stored then), and with
   * `database-unavailable` when the commit could not be confirmed.
   */
  accept(accountSid: AccountSid, request: MessageRequest, options?: AcceptOptions): Promise<Accepted>;
}
