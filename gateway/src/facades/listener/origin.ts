// Whether what a request says of its own address is one: links and issuers are made of it. Never lets anything pass that
// the parser of URLs refuses, or reads as another host (`1.2.3.999`, `0x7f.1`).

import { LRUCache } from "lru-cache";

const plausible = /^https?:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
/** A name of 253 characters, a scheme and a port. */
const charactersMax = 270;
/** More than a gateway has names. Parsing costs some 0.5 µs. */
const originsKept = 64;

/** Takes a scheme and a Host header. Remembers the latest. */
export function createOriginCheck(): (origin: string) => boolean {
  const checked = new LRUCache<string, boolean>({ max: originsKept });
  return (origin) => {
    if (origin.length > charactersMax) return false;
    const known = checked.get(origin);
    if (known !== undefined) return known;
    const isReadable = isOrigin(origin);
    checked.set(origin, isReadable);
    return isReadable;
  };
}

function isOrigin(origin: string): boolean {
  if (!plausible.test(origin)) return false;
  const read = URL.parse(origin);
  if (read === null) return false;
  // The parser leaves the scheme's own port out.
  const defaultPort = read.protocol === "https:" ? ":443" : ":80";
  const written = origin.toLowerCase();
  return read.origin === written || read.origin + defaultPort === written;
}
