// Public keys that accounts upload: which are taken, and why others are not. What requests are signed with must be RSA of
// 2048 bits with the exponent 65537, as with Twilio (twilio.com/docs/iam/pkcv).

import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { GatewayError } from "../errors.ts";

const PEM = /^-----BEGIN\s*PUBLIC\s*KEY-----([A-Za-z0-9+/=\s]+)-----END\s*PUBLIC\s*KEY-----$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** Four times what a key of 2048 bits takes. */
const charactersMax = 2048;
const modulusBits = 2048;
const exponent = 65_537n;

/**
 * PEM of a SubjectPublicKeyInfo, with or without its line breaks → its DER. Throws `public-key-invalid` (also for PKCS#1
 * and private keys), `public-key-algorithm-unsupported`, `public-key-length-unsupported` or
 * `public-key-exponent-unsupported`.
 */
export function readPublicKey(pem: string): Buffer {
  const key = keyIn(pem);
  if (key?.type !== "public") {
    throw new GatewayError(
      "public-key-invalid",
      "Give an RSA public key as PEM: -----BEGIN PUBLIC KEY----- and so on.",
    );
  }
  if (key.asymmetricKeyType !== "rsa") {
    throw new GatewayError("public-key-algorithm-unsupported", "Give an RSA key.");
  }
  const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== modulusBits) {
    throw new GatewayError("public-key-length-unsupported", "Give an RSA key of 2048 bits.");
  }
  if (publicExponent !== exponent) {
    throw new GatewayError("public-key-exponent-unsupported", "Give an RSA key with the exponent 65537.");
  }
  return key.export({ type: "spki", format: "der" });
}

function keyIn(pem: string): KeyObject | null {
  if (pem.length > charactersMax) return null;
  const base64 = PEM.exec(pem.trim())?.[1]?.replace(/\s+/g, "") ?? "";
  if (!BASE64.test(base64)) return null;
  try {
    return importPublicKey(Buffer.from(base64, "base64"));
  } catch {
    // Whatever is wrong inside: it is no key.
    return null;
  }
}

/** A key that readPublicKey took. */
export function importPublicKey(der: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(der), type: "spki", format: "der" });
}

/** SHA-256 of the DER, hex: names a key in the audit log. */
export function fingerprintOf(der: Uint8Array): string {
  return createHash("sha256").update(der).digest("hex");
}
