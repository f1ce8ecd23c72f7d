// A handset of the sandbox sends a message to one of the account's numbers: the way in of STOP and every other reply
// while there is no real network.

import type { InboundMessage } from "../../carriers/carrier.ts";
import type { Clock } from "../../core/clock.ts";
import { type AccountSid, newUuid } from "../../core/ids.ts";
import type { Message } from "../../core/messages/message.ts";
import type { Queryable } from "../../store/database.ts";
import { insertFromHandsetRecord } from "../../store/sandbox.ts";

/**
 * What the sandbox needs of services/inbound: stores the messages in order, with what `alongside` writes in the same
 * transaction, and rejects with a GatewayError.
 */
export interface InboundReceiver {
  receive(
    messages: readonly InboundMessage[],
    alongside: (tx: Queryable, stored: readonly Message[]) => Promise<void>,
  ): Promise<Message[]>;
}

export interface HandsetMessage {
  readonly accountSid: AccountSid;
  /** The handset. */
  readonly from: string;
  /** A number of the account. */
  readonly to: string;
  readonly body: string;
  readonly mediaUrls: readonly { readonly url: string; readonly contentType: string }[];
}

export interface SandboxHandsets {
  /**
   * Hands the message to the gateway and notes it in the handset's history: both or, when it rejects, neither. Resolves
   * to the stored message.
   */
  send(message: HandsetMessage): Promise<Message>;
}

export interface SandboxHandsetsDeps {
  readonly inbound: InboundReceiver;
  readonly clock: Clock;
}

export function createSandboxHandsets(deps: SandboxHandsetsDeps): SandboxHandsets {
  const { inbound, clock } = deps;
  return {
    async send(message) {
      // Before the gateway has it: answers to it, such as STOP's, must come after it in the handset's history.
      const id = newUuid();
      const at = new Date(clock.nowMs());
      const [received] = await inbound.receive([{ ...message, providerId: null }], async (tx, [stored]) => {
        if (stored === undefined) return;
        await insertFromHandsetRecord(tx, {
          accountSid: message.accountSid,
          id,
          handset: message.from,
          sender: message.to,
          body: stored.body,
          mediaUrls: message.mediaUrls.map((media) => media.url),
          messageSid: stored.sid,
          at,
        });
      });
      if (received === undefined) throw new Error("an inbound message was taken, but not returned");
      return received;
    },
  };
}
