// The URL as it is signed. It has to be the URL that the receiver sees, or no receiver can check the signature:
// without user info and fragment (never sent), and spelled as HTTP clients put it on the wire.

import { parseUrl } from "../parse-url.ts";

const ORIGIN = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/)([^/?#\\]*)/;

/**
 * A configured URL as it is signed: literally, except that user info and fragment go and that what a client would
 * rewrite (empty path, upper-case host, unencoded characters, dot segments) is rewritten. A written port stays,
 * also a standard one. What is no absolute URL comes back as it is, less its fragment.
 */
export function signedUrl(url: string): string {
  const parsed = parseUrl(url);
  if (parsed === null) return url.split("#", 1)[0] ?? "";
  return `${parsed.protocol}//${parsed.hostname}${writtenPort(url)}${parsed.pathname}${parsed.search}`;
}

/** A URL as it is and with its port removed or its scheme's standard port added: what proxies in between may change. */
export function portVariants(url: string): string[] {
  const whole = signedUrl(url);
  const match = ORIGIN.exec(whole);
  if (match === null) return [whole];
  const [origin, scheme = "", authority = ""] = match;
  const rest = whole.slice(origin.length);
  const host = authority.replace(/:\d+$/, "");
  if (host !== authority) return [whole, scheme + host + rest];
  return [whole, `${scheme}${host}:${scheme === "https://" ? 443 : 80}${rest}`];
}

function writtenPort(url: string): string {
  return /:\d+$/.exec(ORIGIN.exec(url)?.[2] ?? "")?.[0] ?? "";
}
