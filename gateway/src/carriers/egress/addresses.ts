// Which addresses a URL that a user configured may lead to. Everything that is not plainly on the public internet is
// refused unless an operator's CIDR names it; forms that carry an IPv4 address inside an IPv6 one are judged by the
// address inside, so that no spelling of a private address gets through.

import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

export interface AddressPolicy {
  /** CIDRs that are allowed although they are not public. */
  readonly allow: readonly string[];
  readonly allowLoopback: boolean;
}

/** A test for textual addresses (with or without IPv6 brackets). Throws when a CIDR cannot be read. */
export function createAddressCheck(policy: AddressPolicy): (address: string) => boolean {
  const allowed = policy.allow.map((cidr) => ipaddr.parseCIDR(cidr));
  const named = (address: Address): boolean =>
    allowed.some(([network, bits]) => network.kind() === address.kind() && address.match([network, bits]));

  return (text) => {
    const bare = text.startsWith("[") ? text.slice(1, -1) : text;
    if (!ipaddr.isValid(bare)) return false;
    const outer = ipaddr.parse(bare);
    const address = innermost(outer);
    if (named(outer) || named(address)) return true;
    if (address.range() === "loopback") return policy.allowLoopback && (address === outer || isMapped(outer));
    return isPublic(address);
  };
}

/** 2000::/3 is all of IPv6 that is handed out; the rest, and the special parts within it, is not public. */
function isPublic(address: Address): boolean {
  if (address.range() !== "unicast") return false;
  return address instanceof ipaddr.IPv4 || (address.parts[0] ?? 0) >> 13 === 1;
}

function isMapped(address: Address): boolean {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress();
}

/**
 * The IPv4 address that a mapped (RFC 4291), NAT64 (RFC 6052, well-known prefix) or 6to4 (RFC 3056) address carries;
 * any other address as it is. NAT64 under RFC 8215's local prefix keeps its own range and so is refused.
 */
function innermost(address: Address): Address {
  if (address instanceof ipaddr.IPv4) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  const [first, second, third] = address.parts;
  const bytes = address.toByteArray();
  if (first === 0x64 && second === 0xff9b && third === 0) return new ipaddr.IPv4(bytes.slice(12));
  if (first === 0x2002) return new ipaddr.IPv4(bytes.slice(2, 6));
  return address;
}
