// The signature of ZITADEL's webhooks: HMAC-SHA256 of the time, a dot and the body's bytes as they came, with the signing
// key's characters as the key. Never of a body that has been parsed and written again.

import { createHmac, timingSafeEqual } from "node:crypto";

export interface SignedBody {
  /** The value of ZITADEL-Signature: `t=1777887000,v1=ab12…`, with one `v1` for each key that is valid. */
  readonly header: string | undefined;
  readonly body: Uint8Array;
  readonly signingKey: string;
  readonly nowMs: number;
}

/** What is wrong with it; null: it is good. */
export type SignatureProblem = "missing" | "malformed" | "wrong" | "old" | "early" | null;

const toleranceSeconds = 300;

export function problemOfSignature({ header, body, signingKey, nowMs }: SignedBody): SignatureProblem {
  if (header === undefined || header.trim() === "") return "missing";
  const items = header.split(",").map((item) => item.trim().split("="));
  if (items.some((item) => item.length !== 2)) return "malformed";
  const valuesOf = (name: string) => items.filter(([given]) => given === name).map(([, value = ""]) => value);
  const [time, ...others] = valuesOf("t");
  if (time === undefined || others.length > 0 || !/^\d{1,12}$/.test(time)) return "malformed";
  const candidates = valuesOf("v1").filter((value) => /^(?:[0-9a-f]{2})+$/i.test(value));
  if (candidates.length === 0) return "malformed";
  const expected = createHmac("sha256", signingKey).update(`${time}.`).update(body).digest();
  // All are compared, so that the time it takes says nothing.
  const matches = candidates.filter((value) => equal(Buffer.from(value, "hex"), expected));
  if (matches.length === 0) return "wrong";
  const ageSeconds = nowMs / 1000 - Number(time);
  if (ageSeconds > toleranceSeconds) return "old";
  return ageSeconds < -toleranceSeconds ? "early" : null;
}

function equal(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
