// What counts as one caller's address where callers are counted: whoever has one IPv6 host has all addresses of its network.

import ipaddr from "ipaddr.js";

/** An IPv4 address, or the /64 that one IPv6 host can pick addresses from. What is no address stays as it is. */
export function networkOf(remoteAddress: string): string {
  if (!remoteAddress.includes(":") || !ipaddr.isValid(remoteAddress)) return remoteAddress;
  const address = ipaddr.process(remoteAddress);
  return address instanceof ipaddr.IPv6 ? address.parts.slice(0, 4).join(":") : address.toString();
}
