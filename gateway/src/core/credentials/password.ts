// People's passwords: scrypt in the PHC form `$scrypt$ln=15,r=8,p=1$<salt>$<hash>` (base64 without padding), so that
// costs can rise later without breaking what is stored. Never keeps or logs a password.

import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";

const COST_LOG2 = 15;
const BLOCK_SIZE = 8;
const PARALLELISM = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const ENCODED = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{8,86})\$([A-Za-z0-9+/]{22,86})$/;

function derive(password: string, salt: Buffer, bytes: number, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, bytes, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

function costs(log2: number, r: number, p: number): ScryptOptions {
  // scrypt needs 128 × N × r bytes and a little more; Node refuses above maxmem.
  return { N: 2 ** log2, r, p, maxmem: 128 * 2 ** log2 * r + 1024 * 1024 };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}

/** Takes some tens of milliseconds and 32 MB, off the main thread. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, costs(COST_LOG2, BLOCK_SIZE, PARALLELISM));
  return `$scrypt$ln=${COST_LOG2},r=${BLOCK_SIZE},p=${PARALLELISM}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** False for a wrong password, and for an encoded form that is not ours or asks for absurd costs. */
export async function verifyPassword(password: string, encoded: string): Promise<boolean> {
  const [, log2, r, p, salt, hash] = ENCODED.exec(encoded) ?? [];
  if (log2 === undefined || r === undefined || p === undefined || salt === undefined || hash === undefined)
    return false;
  if (Number(log2) < 1 || Number(log2) > 20 || Number(r) < 1 || Number(r) > 32 || Number(p) < 1) return false;
  const expected = Buffer.from(hash, "base64");
  const given = await derive(
    password,
    Buffer.from(salt, "base64"),
    expected.length,
    costs(Number(log2), Number(r), Number(p)),
  );
  return timingSafeEqual(given, expected);
}
