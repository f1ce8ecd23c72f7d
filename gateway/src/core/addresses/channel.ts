// Channel addresses: a channel's name, a colon, and what identifies a person or sender there.

import { parsePhoneNumber } from "./phone-number.ts";

export interface ChannelAddress {
  /** Lower-case: `whatsapp`, `messenger`, `rcs` or `client`. */
  readonly channel: string;
  /** The whole address in its canonical spelling: `whatsapp:+15558675310`. */
  readonly address: string;
}

const CHANNEL_ADDRESS = /^(whatsapp|messenger|rcs|client):([^\p{Cc}\p{Cs}]{1,256})$/iu;

/** Null when it is not an address on a channel we know, or its number is not a possible one. */
export function parseChannelAddress(text: string): ChannelAddress | null {
  const match = CHANNEL_ADDRESS.exec(text.trim());
  if (match === null) return null;
  const channel = (match[1] ?? "").toLowerCase();
  const name = (match[2] ?? "").trimEnd();
  if (name.trim() === "") return null;
  // WhatsApp knows people by number only; RCS has numbers (people) and names (agents).
  const isNumber = channel === "whatsapp" || (channel === "rcs" && /^[+ ]/.test(name));
  if (!isNumber) return { channel, address: `${channel}:${name.trimStart()}` };
  const number = parsePhoneNumber(name);
  return number === null ? null : { channel, address: `${channel}:${number.e164}` };
}
