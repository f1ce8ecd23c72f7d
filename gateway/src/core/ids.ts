// Identifiers: the branded strings that travel through the code and their database form.
// A SID is two letters and 32 hex digits; the 32 digits are a UUID, which is what the database stores.
// New ids are UUIDv7, so that key order is time order (lists, paging tokens and partitions rely on it).

import { randomFillSync } from "node:crypto";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `AC` + 32 lower-case hex digits. */
export type AccountSid = Branded<"AccountSid">;
/** `SM` (no media) or `MM` (media) + 32 lower-case hex digits. */
export type MessageSid = Branded<"MessageSid">;
/** `MG` + 32 lower-case hex digits. */
export type MessagingServiceSid = Branded<"MessagingServiceSid">;
/** `CR` + 32 lower-case hex digits. */
export type CredentialSid = Branded<"CredentialSid">;
/** `+` and 7 to 15 digits. */
export type E164 = Branded<"E164">;
/** Canonical UUID text: lower-case with hyphens. */
export type Uuid = Branded<"Uuid">;

export type SidPrefix =
  | "AC"
  | "SM"
  | "MM"
  | "ME"
  | "MG"
  | "PN"
  | "SC"
  | "AI"
  | "AP"
  | "SK"
  | "CR"
  | "GN"
  | "OQ"
  | "XE"
  | "HX";

const SID = /^[A-Z]{2}[0-9a-fA-F]{32}$/;

// Random bytes are drawn in bulk: some six ids a message are made, and the npm package `uuid`, which draws 256 bytes at a
// time, spent a fifth of the process's time on it.
const poolBytes = 10 * 1024;
// Marked as pure, so that a bundle that makes no ids (trunkline/actions) is without it.
const pool = /* @__PURE__ */ Buffer.alloc(poolBytes);
const bytesPerId = 10;
let poolOffset = poolBytes;
let lastMs = 0;
let counter = 0;
const counterMax = 0xfff;

/** A new time-ordered id (RFC 9562 section 5.7, with a 12-bit counter); ids made by one process rise strictly. */
export function newUuid(): Uuid {
  const nowMs = Date.now();
  const random = randomHex();
  if (nowMs > lastMs) {
    lastMs = nowMs;
    // The upper half is kept for counting on within the millisecond.
    counter = Number.parseInt(random.slice(0, 3), 16) >> 1;
  } else if (counter < counterMax) {
    counter += 1;
  } else {
    lastMs += 1;
    counter = 0;
  }
  const ms = lastMs.toString(16).padStart(12, "0");
  const variant = "89ab".charAt(Number.parseInt(random.charAt(3), 16) & 3);
  const count = counter.toString(16).padStart(3, "0");
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${count}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}` as Uuid;
}

function randomHex(): string {
  if (poolOffset === poolBytes) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  poolOffset += bytesPerId;
  return pool.toString("hex", poolOffset - bytesPerId, poolOffset);
}

/** The SID of a UUID under a prefix: `sidOf("SM", id)`. */
export function sidOf<S extends string = string>(prefix: SidPrefix, uuid: Uuid | string): S {
  return (prefix + uuid.replaceAll("-", "")) as S;
}

/** The UUID inside a SID, canonical form. The SID must have been checked by `isSid`. */
export function uuidOf(sid: string): Uuid {
  const hex = sid.slice(2).toLowerCase();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Uuid;
}

/** Is this text a SID with one of the prefixes? Hex digits may be upper-case; prefixes may not. */
export function isSid(text: string, ...prefixes: SidPrefix[]): boolean {
  return SID.test(text) && prefixes.includes(text.slice(0, 2) as SidPrefix);
}

/** A SID in its one canonical spelling: upper-case prefix, lower-case hex. */
export function canonicalSid<S extends string = string>(sid: string): S {
  return (sid.slice(0, 2) + sid.slice(2).toLowerCase()) as S;
}

/** When a UUIDv7 was made: milliseconds since the Unix epoch. */
export function uuidTimeMs(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}

const uuidTimeMsMax = 2 ** 48 - 1;

/** The first UUIDv7 of a moment, as uuid_at() in SQL: not an id, but where the ids of that millisecond begin. */
export function firstUuidAt(ms: number): Uuid {
  const hex = Math.min(Math.max(Math.floor(ms), 0), uuidTimeMsMax)
    .toString(16)
    .padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000` as Uuid;
}
