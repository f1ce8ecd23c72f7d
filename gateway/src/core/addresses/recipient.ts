// Who a message is for: a phone number, or the address of a person on a channel (`whatsapp:+15558675310`).

import type { E164 } from "../ids.ts";
import { parseChannelAddress } from "./channel.ts";
import { parsePhoneNumber } from "./phone-number.ts";

export type Recipient =
  | { readonly kind: "number"; readonly e164: E164; readonly country: string | null }
  /** `address` is the whole canonical address, prefix and all. */
  | { readonly kind: "channel"; readonly channel: string; readonly address: string };

/** What a `To` means; null when it is nothing that a message could be sent to. */
export function parseRecipient(to: string): Recipient | null {
  const number = parsePhoneNumber(to);
  if (number !== null) return { kind: "number", e164: number.e164, country: number.country };
  const channel = parseChannelAddress(to);
  return channel === null ? null : { kind: "channel", ...channel };
}
