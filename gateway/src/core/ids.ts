// Identifiers: the branded strings that travel through the code and their database form.
// A SID is two letters and 32 hex digits; the 32 digits are a UUID, which is what the database stores.
// New ids are UUIDv7, so that key order is time order (lists, paging tokens and partitions rely on it).

import { v7 as uuidv7 } from "uuid";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `AC` + 32 lower-case hex digits. */
export type AccountSid = Branded<"AccountSid">;
/** `SM` (no media) or `MM` (media) + 32 lower-case hex digits. */
export type MessageSid = Branded<"MessageSid">;
/** `MG` + 32 lower-case hex digits. */
export type MessagingServiceSid = Branded<"MessagingServiceSid">;
/** `+` and 7 to 15 digits. */
export type E164 = Branded<"E164">;
/** Canonical UUID text: lower-case with hyphens. */
export type Uuid = Branded<"Uuid">;

export type SidPrefix = "AC" | "SM" | "MM" | "ME" | "MG" | "PN" | "SC" | "AI" | "AP" | "SK" | "CR" | "GN" | "OQ";

const SID = /^[A-Z]{2}[0-9a-fA-F]{32}$/;

/** A new time-ordered id; ids made by one process rise strictly. */
export function newUuid(): Uuid {
  return uuidv7() as Uuid;
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
