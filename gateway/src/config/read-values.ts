// Readers of single values: text in, the value in its one form out, undefined when the text is wrong.

import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** An IP address (IPv6 without brackets) or a host name. */
export function readHost(text: string): string | undefined {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  if (isIP(bare) !== 0) return bare;
  // Four numbers with dots that are no address are a mistyped address, not a name.
  return HOST_NAME.test(text) && !/^[\d.]+$/.test(text) ? text : undefined;
}

/** A reader of whole numbers within limits. */
export function wholeNumber(min: number, max: number): (text: string) => number | undefined {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };
}

/** An http or https URL without query, fragment or credentials; no slash at the end. */
export function readBaseUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !["http:", "https:"].includes(url.protocol) || !/^https?:\/\//i.test(text)) return undefined;
  if (url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") return undefined;
  return url.href.replace(/\/+$/, "");
}

/** As readBaseUrl, and without a path. */
export function readOrigin(text: string): string | undefined {
  const url = readBaseUrl(text);
  return url !== undefined && url === new URL(url).origin ? url : undefined;
}

/** Comma-separated networks; a single address stands for itself. Each comes back as CIDR. */
export function readCidrs(text: string): readonly string[] | undefined {
  const parts = readList(text);
  if (parts.length === 0) return undefined;
  const networks = parts.map((part) => {
    if (isIP(part) !== 0) return `${part}/${isIP(part) === 4 ? 32 : 128}`;
    // isValidCIDR alone would take shortened IPv4 such as 10/8
    return isIP(part.split("/")[0] ?? "") !== 0 && ipaddr.isValidCIDR(part) ? part : undefined;
  });
  return networks.every((network) => network !== undefined) ? networks : undefined;
}

/** The parts of a comma-separated list, trimmed; empty ones are dropped. */
export function readList(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** Does a listener on this host take connections from this machine only? */
export function isLoopbackHost(host: string): boolean {
  if (host.toLowerCase() === "localhost") return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() === "loopback";
}
