// Sealing: AES-256-GCM envelopes for secrets that must be read again (auth tokens, providers' credentials).
// A sealed value opens only in the context that it was sealed for, so that values cannot be moved between rows
// or columns; the envelope names its key, so that the master key can be rotated. Never logs or returns a key.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { GatewayError } from "../errors.ts";

export interface Sealer {
  /** Seals under the first key. `context` says where the value belongs, e.g. `accounts.auth_token <uuid>`. */
  seal(text: string, context: string): Buffer;
  /** Opens under whichever key sealed it. Throws GatewayError `internal` for another key, context or content. */
  open(sealed: Uint8Array, context: string): string;
  /** What every value that it seals begins with: it names the first key. */
  readonly header: Buffer;
  /** Was it sealed under a key that this sealer has? Says nothing of the content. */
  knows(sealed: Uint8Array): boolean;
}

// version (1) | key id (8) | nonce (12) | ciphertext | tag (16)
const VERSION = 1;
/** Version byte and key id: equal for all values sealed under one key. */
export const SEAL_HEADER_BYTES = 9;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SHORTEST = SEAL_HEADER_BYTES + NONCE_BYTES + TAG_BYTES;

interface SealingKey {
  readonly header: Buffer;
  readonly key: Buffer;
}

// Sealing key and key id are derived, so that the id tells nothing of the key and the master key can serve
// other purposes under other labels.
function sealingKeyOf(masterKey: Uint8Array): SealingKey {
  if (masterKey.length !== 32) throw new GatewayError("internal", "A master key has 32 bytes.");
  const derive = (label: string, bytes: number) =>
    Buffer.from(hkdfSync("sha256", masterKey, "", `trunkline ${label} v1`, bytes));
  return {
    header: Buffer.concat([Buffer.of(VERSION), derive("key id", SEAL_HEADER_BYTES - 1)]),
    key: derive("sealing", 32),
  };
}

/** Keys are 32 bytes each: the first seals, all open. Nonces are random: at most 2^32 values per key. */
export function createSealer({ keys }: { readonly keys: readonly Uint8Array[] }): Sealer {
  const sealingKeys = keys.map(sealingKeyOf);
  const [first] = sealingKeys;
  if (!first) throw new GatewayError("internal", "A sealer needs at least one master key.");
  const byHeader = new Map(sealingKeys.map((one) => [one.header.toString("latin1"), one.key]));
  const keyOf = (sealed: Uint8Array) =>
    byHeader.get(Buffer.from(sealed.subarray(0, SEAL_HEADER_BYTES)).toString("latin1"));

  return {
    header: first.header,
    knows: (sealed) => sealed.length >= SHORTEST && keyOf(sealed) !== undefined,
    seal(text, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", first.key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.concat([first.header, Buffer.from(context)]));
      return Buffer.concat([first.header, nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, context) {
      const key = sealed.length >= SHORTEST ? keyOf(sealed) : undefined;
      if (!key) {
        throw new GatewayError("internal", "A stored secret was sealed under another master key.", { detail: context });
      }
      const nonceEnd = SEAL_HEADER_BYTES + NONCE_BYTES;
      const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(SEAL_HEADER_BYTES, nonceEnd), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.concat([sealed.subarray(0, SEAL_HEADER_BYTES), Buffer.from(context)]));
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
      try {
        const text = decipher.update(sealed.subarray(nonceEnd, sealed.length - TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString("utf8");
      } catch (cause) {
        throw new GatewayError("internal", "A stored secret is damaged or stands in the wrong place.", {
          detail: context,
          cause,
        });
      }
    },
  };
}
