// Checks X-Twilio-Signature: HMAC-SHA1 over the URL and the form's fields, keyed with an auth token. Every combination is
// tried, in the same time whatever the signature says. An empty key never verifies.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { parseUrl } from "../parse-url.ts";

export type Fields = readonly (readonly [name: string, value: string])[];

export interface SignatureCheck {
  /** Every key that may have signed: during a rotation the old and the new token. */
  readonly keys: readonly string[];
  /** Every URL that the sender may have meant. Never made from headers that a stranger can set. */
  readonly urls: readonly string[];
  /** The values of the signature headers. */
  readonly signatures: readonly string[];
  /** The fields of a form; empty for a GET, whose fields are in the URL. */
  readonly fields: Fields;
  /** Null: there is none, or it is the form. Else its hash must be the URL's `bodySHA256`. */
  readonly body: Buffer | null;
}

/** The URL that was signed; null: none was, or by somebody else. */
export function findSignedUrl({ keys, urls, signatures, fields, body }: SignatureCheck): string | null {
  const joined = joinFields(fields);
  const given = signatures.map(digest);
  let signed: string | null = null;
  for (const url of new Set(urls.flatMap(variantsOf))) {
    const isBodySigned = body === null || sameHash(url, body);
    for (const key of keys) {
      if (key === "") continue;
      const expected = digest(createHmac("sha1", key).update(url).update(joined).digest("base64"));
      const matches = given.reduce((found, each) => timingSafeEqual(each, expected) || found, false);
      if (matches && isBodySigned) signed ??= url;
    }
  }
  return signed;
}

/** Names sorted, each followed by its values: sorted too, and each only once. */
function joinFields(fields: Fields): string {
  const sorted = [...fields].sort(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  return sorted
    .filter(([name, value], index) => {
      const before = sorted[index - 1];
      return before === undefined || before[0] !== name || before[1] !== value;
    })
    .flat()
    .join("");
}

/** By UTF-16 code unit, as every SDK sorts; a locale must never come into it. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** As it is, without its fragment and credentials; as clients spell it; each with and without its port. */
function variantsOf(given: string): string[] {
  const bare = given.split("#", 1)[0] ?? "";
  const parsed = parseUrl(bare);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return [];
  const { protocol, hostname, pathname, search } = parsed;
  const port = /^[a-z]+:\/\/[^/?#]*:(\d+)(?:[/?#]|$)/i.exec(bare)?.[1] ?? "";
  const standard = protocol === "https:" ? "443" : "80";
  const ports = ["", `:${port === "" ? standard : port}`];
  const literal = bare.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
  return ports.flatMap((each) => [
    `${protocol}//${hostname}${each}${pathname}${search}`,
    `${protocol}//${hostname}${each}${literal}`,
  ]);
}

function sameHash(url: string, body: Buffer): boolean {
  const claimed = new URLSearchParams(url.slice(url.indexOf("?") + 1)).get("bodySHA256") ?? "";
  const actual = createHash("sha256").update(body).digest("hex");
  return timingSafeEqual(digest(claimed.toLowerCase()), digest(actual));
}

/** Equal lengths for timingSafeEqual, whatever was given. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}
