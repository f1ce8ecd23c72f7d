// Which URLs a sender may have signed: more spellings than the gateway's own, since not every sender normalizes a URL.

import { parseUrl } from "../../src/core/parse-url.ts";
import { portVariants } from "../../src/core/signature/signed-url.ts";

const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

/** As clients spell it, and with its path and query as they are written; each with and without its port. */
export function signableUrls(given: string): string[] {
  const bare = given.split("#", 1)[0] ?? "";
  if (!/^https?:$/.test(parseUrl(bare)?.protocol ?? "")) return [];
  const written = bare.replace(ORIGIN, "");
  return portVariants(bare).flatMap((url) => [url, (ORIGIN.exec(url)?.[0] ?? "") + written]);
}
