// Keys of service accounts: the JSON key file as ZITADEL makes it, which its SDKs read, and public keys that are registered
// instead. A private key is made, handed out once and never kept.

import { createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { GatewayError } from "../errors.ts";

/** The key file, to be kept by whoever speaks for the service account. */
export interface ServiceAccountKeyFile {
  readonly type: "serviceaccount";
  readonly keyId: string;
  /** PEM, PKCS#1, 2048 bits. */
  readonly key: string;
  readonly userId: string;
  /** RFC 3339; absent: it does not expire. */
  readonly expirationDate?: string;
}

const bitsMin = 2048;
const bitsMax = 4096;
const charactersMax = 4096;
const pemForm = /^-----BEGIN (RSA )?PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END (RSA )?PUBLIC KEY-----$/;
const makePair = promisify(generateKeyPair);

/** A new pair: PKCS#1 PEM for the key file, DER of a SubjectPublicKeyInfo to keep. Takes a tenth of a second or so. */
export async function newServiceAccountKey(): Promise<{ readonly privatePem: string; readonly publicKey: Buffer }> {
  const { privateKey, publicKey } = await makePair("rsa", { modulusLength: bitsMin });
  return {
    privatePem: privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
    publicKey: publicKey.export({ type: "spki", format: "der" }),
  };
}

/** PEM of an RSA public key (SubjectPublicKeyInfo or PKCS#1) → DER. Throws `public-key-invalid` or one of its kin. */
export function readAssertionKey(pem: string): Buffer {
  const key = keyIn(pem.trim());
  if (key === null) {
    throw new GatewayError(
      "public-key-invalid",
      "Give an RSA public key as PEM: -----BEGIN PUBLIC KEY----- and so on.",
    );
  }
  if (key.asymmetricKeyType !== "rsa") {
    throw new GatewayError("public-key-algorithm-unsupported", "Give an RSA key: assertions are signed with RS256.");
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < bitsMin || bits > bitsMax) {
    throw new GatewayError("public-key-length-unsupported", `Give an RSA key of ${bitsMin} to ${bitsMax} bits.`);
  }
  return key.export({ type: "spki", format: "der" });
}

function keyIn(pem: string): KeyObject | null {
  if (pem.length > charactersMax || !pemForm.test(pem)) return null;
  try {
    return createPublicKey(pem);
  } catch {
    // Whatever is wrong inside: it is no key.
    return null;
  }
}
