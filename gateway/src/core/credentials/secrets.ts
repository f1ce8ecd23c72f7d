// Making and comparing the gateway's own secrets. They are long and random, so that one round of SHA-256 is
// enough to store them (people's passwords go through password.ts). Comparisons take the same time for every input.

import { createHash, randomBytes, randomInt, timingSafeEqual } from "node:crypto";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

function random(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join("");
}

/** 32 lower-case hex digits, like Twilio's. */
export function newAuthToken(): string {
  return randomBytes(16).toString("hex");
}

/** 32 base62 characters, like Twilio's. */
export function newApiKeySecret(): string {
  return random(BASE62, 32);
}

/** `tl_` and 40 base62 characters: the prefix lets secret scanners find it. */
export function newAccessKey(): string {
  return `tl_${random(BASE62, 40)}`;
}

/** The last four characters of a key, by which its owner tells it from others; null: they would give away too much of it. */
export function hintOf(key: string): string | null {
  return key.length >= 24 ? key.slice(-4) : null;
}

const personalAccessTokenPrefix = "tlp_";

/** `tlp_` and 40 base62 characters. */
export function newPersonalAccessToken(): string {
  return `${personalAccessTokenPrefix}${random(BASE62, 40)}`;
}

/** Has it the form of one? */
export function isPersonalAccessToken(text: string): boolean {
  return text.startsWith(personalAccessTokenPrefix);
}

/** 64 base64url characters: 48 random bytes. */
export function newEndpointKey(): string {
  return randomBytes(48).toString("base64url");
}

/** 43 base64url characters: 32 random bytes. It stands in a link. */
export function newInvitationToken(): string {
  return randomBytes(32).toString("base64url");
}

/** 64 base62 characters, like ZITADEL's. */
export function newClientSecret(): string {
  return random(BASE62, 64);
}

/** 36 base62 characters, like ZITADEL's. */
export function newSigningKey(): string {
  return random(BASE62, 36);
}

/** 18 digits, the first not zero: the form of ZITADEL's ids. */
export function newNumericId(): string {
  return newResourceOwner();
}

/** 18 digits, the first not zero: the form of ZITADEL's ids. */
export function newResourceOwner(): string {
  return random("123456789", 1) + random("0123456789", 17);
}

/** 32 bytes: what the database keeps of a secret that only needs comparing. */
export function hashSecret(secret: string): Buffer {
  return createHash("sha256").update(secret, "utf8").digest();
}

/** Is `secret` the one behind `hash`? Constant time. */
export function matchesHash(secret: string, hash: Uint8Array): boolean {
  const given = hashSecret(secret);
  return given.length === hash.length && timingSafeEqual(given, hash);
}

/** Are two secrets the same? Constant time whatever their lengths. */
export function sameSecret(left: string, right: string): boolean {
  return timingSafeEqual(hashSecret(left), hashSecret(right));
}
