// What a message is from, by its spelling alone. Whether the account owns it is asked elsewhere.

import { canonicalSid, isSid } from "../ids.ts";
import { parseChannelAddress } from "./channel.ts";
import { parsePhoneNumber } from "./phone-number.ts";
import { isAlphanumericId, isShortCode } from "./sender-id.ts";

export type SenderKind = "number" | "short_code" | "alphanumeric" | "channel" | "service";

export interface SenderAddress {
  readonly kind: SenderKind;
  /** Canonical: E.164, digits, the name as written, `channel:address`, or `MG` and lower-case hex. */
  readonly address: string;
}

/** What a `From` means; null when it is not a phone number, short code, alphanumeric id, channel address or service. */
export function parseSender(from: string): SenderAddress | null {
  const number = parsePhoneNumber(from);
  if (number !== null) return { kind: "number", address: number.e164 };
  if (isShortCode(from)) return { kind: "short_code", address: from };
  if (isSid(from, "MG")) return { kind: "service", address: canonicalSid(from) };
  if (isAlphanumericId(from)) return { kind: "alphanumeric", address: from };
  const channel = parseChannelAddress(from);
  return channel === null ? null : { kind: "channel", address: channel.address };
}
