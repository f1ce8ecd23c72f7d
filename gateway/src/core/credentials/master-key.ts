// The text form of master keys: 32 bytes each as 64 hex digits or as base64. Several, separated by commas or
// line ends, let a key be rotated: the first seals, all open. Error texts never show a key.

import { randomBytes } from "node:crypto";

export const MASTER_KEY_FORM = "32 bytes as 64 hex digits or as base64; several separated by commas, the first seals";

/** Where the master keys come from. Paths are absolute; the one in the data directory is made on the first start. */
export type MasterKeySource =
  | { readonly from: "environment"; readonly keys: readonly Uint8Array[] }
  | { readonly from: "file"; readonly path: string }
  | { readonly from: "data-directory"; readonly path: string };

function parseOne(text: string): Buffer | null {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, "hex");
  // 43 characters and the padding, of the usual or of the URL-safe alphabet
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, "base64") : null;
}

/** Null when any of the keys has not the form, or there is none. */
export function parseMasterKeys(text: string): Buffer[] | null {
  const keys = text
    .split(/[,\s]+/)
    .filter((part) => part !== "")
    .map(parseOne);
  const good = keys.filter((key) => key !== null);
  return good.length > 0 && good.length === keys.length ? good : null;
}

/** A new key in its text form, with a line end. */
export function newMasterKeyText(): string {
  return `${randomBytes(32).toString("hex")}\n`;
}
