// Messages whose sender wants less kept of them: ContentRetention=discard and AddressRetention=obfuscate. Told of them when
// the queue is done with them, in the same transaction.

import type { AccountSid, MessageSid } from "../../core/ids.ts";
import type { MessageOptions } from "../../core/messages/message.ts";
import { noteAddressMasking } from "../../store/address-masking.ts";
import type { Queryable } from "../../store/database.ts";
import { discardTexts } from "../../store/message-texts.ts";

interface RetainableMessage {
  readonly accountSid: AccountSid;
  readonly sid: MessageSid;
  readonly options: MessageOptions;
}

export function retainsLess({ options }: RetainableMessage): boolean {
  return options.contentRetention === "discard" || options.addressRetention === "obfuscate";
}

/**
 * The text goes at once: nothing is sent again of what has been handed over, and nobody is asked about it. The address
 * goes later: status callbacks still name it.
 */
export async function retainLess(tx: Queryable, messages: readonly RetainableMessage[], now: Date): Promise<void> {
  await discardTexts(
    tx,
    messages.filter(({ options }) => options.contentRetention === "discard"),
  );
  await noteAddressMasking(
    tx,
    messages.filter(({ options }) => options.addressRetention === "obfuscate"),
    now,
  );
}
