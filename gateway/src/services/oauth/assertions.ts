// Signed assertions of service accounts (RFC 7523): who signed one, if it is right. Made with the JSON key file, as
// ZITADEL's SDKs make them.

import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import type { Clock } from "../../core/clock.ts";
import { importPublicKey } from "../../core/credentials/public-key.ts";
import type { Queryable } from "../../store/database.ts";
import { type AssertionKey, findAssertionKey } from "../../store/service-accounts.ts";

export interface Assertion {
  readonly assertion: string;
  /** Whom it must be from. */
  readonly userId: string;
  /** Whom it must be for: the issuer of the authorization server. */
  readonly issuer: string;
}

const issuedBeforeMaxSeconds = 3600;
/** How far the clocks may differ. */
const toleranceSeconds = 5;
const charactersMax = 8192;
const keyIdForm = /^\d{1,18}$/;

/** The key that signed it, if it is from that service account, for that issuer, unexpired, and issued within the last hour. */
export async function keyOfAssertion(
  { db, clock }: { readonly db: Queryable; readonly clock: Clock },
  { assertion, userId, issuer }: Assertion,
): Promise<AssertionKey | null> {
  const keyId = keyIdOf(assertion);
  if (keyId === null) return null;
  const key = await findAssertionKey(db, { keyId, userId }, new Date(clock.nowMs()));
  if (key === null) return null;
  const checks = {
    algorithms: ["RS256"],
    issuer: userId,
    subject: userId,
    audience: [issuer, `${issuer}/`],
    currentDate: new Date(clock.nowMs()),
    clockTolerance: toleranceSeconds,
    requiredClaims: ["exp", "iat"],
  };
  const claims = await jwtVerify(assertion, importPublicKey(key.publicKey), checks).then(
    ({ payload }) => payload,
    refused,
  );
  return claims !== null && isFresh(claims, clock.nowMs() / 1000) ? key : null;
}

function isFresh({ iat = 0 }: JWTPayload, nowSeconds: number): boolean {
  const ageSeconds = nowSeconds - iat;
  return ageSeconds >= -toleranceSeconds && ageSeconds <= issuedBeforeMaxSeconds + toleranceSeconds;
}

function refused(error: unknown): null {
  if (error instanceof errors.JOSEError) return null;
  throw error;
}

function keyIdOf(assertion: string): string | null {
  if (assertion.length > charactersMax) return null;
  try {
    const { kid } = decodeProtectedHeader(assertion);
    return typeof kid === "string" && keyIdForm.test(kid) ? kid : null;
  } catch (error) {
    if (error instanceof TypeError || error instanceof errors.JOSEError) return null;
    throw error;
  }
}
