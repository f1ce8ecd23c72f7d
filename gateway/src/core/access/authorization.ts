// Reads an Authorization header: Basic with an account SID, an API key SID or a name of the caller's own, or an access key
// or token, bare or as Bearer.
// Decides nothing: whether the credential is right is the authenticator's word.

import { canonicalSid, isSid, type Uuid, uuidOf } from "../ids.ts";

export type Credential =
  | { readonly kind: "auth-token"; readonly accountId: Uuid; readonly token: string }
  | { readonly kind: "api-key"; readonly keyId: Uuid; readonly secret: string }
  /** An access key, or an access token of an OAuth client: both are one word. */
  | { readonly kind: "access-key"; readonly key: string }
  /** Basic with a user that is no SID: what the caller calls the account is theirs, the password decides. */
  | { readonly kind: "stranger"; readonly user: string; readonly password: string }
  /** Never of a header: an OAuth client who asks for a token. */
  | { readonly kind: "client"; readonly clientId: string; readonly secret: string };

const MAX_LENGTH = 4096;
const BASIC = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i;
const BEARER = /^bearer +([\x21-\x7e]+) *$/i;
// FusionAuth's form: the key alone. One word, so that an unknown scheme with its parameters is none.
const BARE = /^[\x21-\x7e]+$/;

/** Null for a header that is missing, malformed or of a scheme that the gateway has not. */
export function parseAuthorization(header: string | undefined): Credential | null {
  if (header === undefined || header.length > MAX_LENGTH) return null;
  const basic = BASIC.exec(header)?.[1];
  if (basic !== undefined) return parseUserAndPassword(Buffer.from(basic, "base64").toString("utf8"));
  const key = BEARER.exec(header)?.[1] ?? BARE.exec(header)?.[0];
  return key === undefined ? null : { kind: "access-key", key };
}

/** `user:password` of Basic authentication (RFC 7617): the first colon divides. SIDs may be in any case. */
function parseUserAndPassword(text: string): Credential | null {
  const colon = text.indexOf(":");
  if (colon < 0) return null;
  const user = text.slice(0, 2).toUpperCase() + text.slice(2, colon);
  const password = text.slice(colon + 1);
  if (isSid(user, "AC")) return { kind: "auth-token", accountId: uuidOf(canonicalSid(user)), token: password };
  if (isSid(user, "SK")) return { kind: "api-key", keyId: uuidOf(canonicalSid(user)), secret: password };
  return colon === 0 ? null : { kind: "stranger", user: text.slice(0, colon), password };
}

/** The header that parseAuthorization reads as this user and password. */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}
