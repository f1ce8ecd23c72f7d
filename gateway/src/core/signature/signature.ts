// X-Twilio-Signature: HMAC-SHA1 over the URL and the form fields, keyed with an auth token. Signing for our callbacks,
// verifying for the webhooks of a provider. Comparisons take the same time whatever the signature says.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { portVariants, signedUrl } from "./signed-url.ts";

export type FormFields = Iterable<readonly [name: string, value: string]>;

export interface SignableRequest {
  /** The primary auth token of the account that owns the message. */
  readonly token: string;
  /** As configured; user info and fragment are dropped. */
  readonly url: string;
  /** Form fields of a POST, decoded. Empty or absent for a GET, whose fields are in the URL. */
  readonly params?: FormFields;
}

/** The base64 signature of a form POST or a GET. */
export function signRequest({ token, url, params }: SignableRequest): string {
  return sign(token, textToSign(url, params));
}

/** What the signature of a form POST, or of a GET, is made over. */
export function textToSign(url: string, params?: FormFields): string {
  return signedUrl(url) + joinFields(params);
}

/** Signs a JSON body: the URL gets the body's SHA-256 as `bodySHA256`, and only that URL is signed. */
export function signJson(request: {
  readonly token: string;
  readonly url: string;
  readonly body: string | Uint8Array;
}): {
  readonly url: string;
  readonly signature: string;
} {
  const { token, body } = request;
  const base = signedUrl(request.url);
  const url = `${base}${base.includes("?") ? "&" : "?"}bodySHA256=${bodyHash(body)}`;
  return { url, signature: sign(token, url) };
}

export interface SignatureCheck {
  /** Every token that may have signed: during a rotation the old and the new one. */
  readonly tokens: readonly string[];
  /** Every URL the sender may have meant: as received, as configured, behind a proxy. Ports are tried with and without. */
  readonly urls: readonly string[];
  /** The header's value. */
  readonly signature: string;
  readonly params?: FormFields;
  /** The raw body of a JSON request: its hash must be the URL's `bodySHA256`. */
  readonly body?: string | Uint8Array;
}

/** Did one of the tokens sign this request? */
export function verifySignature({ urls, signature, ...check }: SignatureCheck): boolean {
  return findSignedUrl({ ...check, urls: urls.flatMap(portVariants), signatures: [signature] }) !== null;
}

export interface SignatureSearch extends Omit<SignatureCheck, "signature"> {
  /** Each is tried as it is spelled, and in no other way. */
  readonly urls: readonly string[];
  /** The values of every header that may hold the signature. */
  readonly signatures: readonly string[];
}

/**
 * The first URL that one of the tokens signed; null: none was, or by somebody else. Tries every combination, so that time
 * tells nothing. An empty token never verifies.
 */
export function findSignedUrl({ tokens, urls, signatures, params, body }: SignatureSearch): string | null {
  const fields = joinFields(params);
  const given = signatures.map(digest);
  let signed: string | null = null;
  for (const url of new Set(urls)) {
    const isBodySigned = body === undefined || sameHash(url, body);
    for (const token of tokens) {
      if (token === "") continue;
      const expected = digest(sign(token, url + fields));
      const matches = given.reduce((found, each) => timingSafeEqual(each, expected) || found, false);
      if (matches && isBodySigned) signed ??= url;
    }
  }
  return signed;
}

function sign(token: string, data: string): string {
  return createHmac("sha1", token).update(data, "utf8").digest("base64");
}

/** Names sorted, each followed by its values: sorted too, and each only once. */
function joinFields(params: FormFields | undefined): string {
  if (params === undefined) return "";
  const pairs = [...params];
  pairs.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  let joined = "";
  let previous: readonly [string, string] | undefined;
  for (const pair of pairs) {
    if (previous !== undefined && previous[0] === pair[0] && previous[1] === pair[1]) continue;
    joined += pair[0] + pair[1];
    previous = pair;
  }
  return joined;
}

/** By UTF-16 code unit, as every SDK's sort does; a locale must never come into it. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function bodyHash(body: string | Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}

function sameHash(url: string, body: string | Uint8Array): boolean {
  const query = url.indexOf("?");
  const claimed = query < 0 ? null : new URLSearchParams(url.slice(query + 1)).get("bodySHA256");
  return timingSafeEqual(digest((claimed ?? "").toLowerCase()), digest(bodyHash(body)));
}

/** Equal lengths for timingSafeEqual, whatever was given. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}
