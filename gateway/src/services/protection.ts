// The contract of protection: whether a message that is about to be sent for the first time may go. See protection/.

import type { ClaimedMessage } from "../store/queue.ts";

/** One line that explains it is stored with every decision other than `pass`. */
export type Verdict =
  | { readonly kind: "pass" }
  /** It ends here: `failed` with this code. */
  | { readonly kind: "deny"; readonly errorCode: number }
  /** Not now: it is to be looked at again then. A validity that somebody asked for may end it before. */
  | { readonly kind: "hold"; readonly until: Date };

export interface Protection {
  /**
   * A verdict for each message, in order. Asked once per claim for messages without an earlier attempt; a message that is
   * claimed again (its worker died) must not be counted twice.
   */
  judge(messages: readonly ClaimedMessage[]): Promise<Verdict[]>;
}
