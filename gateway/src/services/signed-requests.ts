// Checks signed requests (public key client validation): the JWT of the Twilio-Client-Validation header is signed with a
// key of which the account holds the public half, is fresh, names the API key that the request came with, and holds the
// hash of that very request. Whatever is not right ends in an error; nothing is remembered.

import { errors, type JWTHeaderParameters, type JWTPayload, jwtVerify } from "jose";
import type { Principal } from "../core/access/principal.ts";
import type { Clock } from "../core/clock.ts";
import { importPublicKey } from "../core/credentials/public-key.ts";
import { GatewayError } from "../core/errors.ts";
import { type AccountSid, type CredentialSid, canonicalSid, isSid, sidOf } from "../core/ids.ts";
import { matchesRequestHash, type SignedRequest } from "../core/signed-requests/canonical-request.ts";
import { findPublicKey } from "../store/account-credentials.ts";
import type { Queryable } from "../store/database.ts";

export interface SignedRequestCheck {
  readonly principal: Principal;
  /** The value of the Twilio-Client-Validation header. */
  readonly token: string;
  readonly request: SignedRequest;
}

/**
 * Resolves when the request is the one that was signed. Rejects with `signed-request-unsupported` (not an API key),
 * `signature-token-invalid`, `signing-key-not-found`, `signed-header-missing` or `request-hash-mismatch`.
 */
export type VerifySignedRequest = (check: SignedRequestCheck) => Promise<void>;

const contentType = "twilio-pkrv;v=1";
const lifetimeSecondsMax = 300;
/** How far the clock of a client may be off. */
const toleranceSeconds = 10;
const signedHeadersMax = 32;
const headerNames = /^[a-z0-9!#$%&'*+.^_`|~-]+(?:;[a-z0-9!#$%&'*+.^_`|~-]+)*$/;

export function createSignedRequestVerifier({
  db,
  clock,
}: {
  readonly db: Queryable;
  readonly clock: Clock;
}): VerifySignedRequest {
  async function claimsOf({ principal, token }: SignedRequestCheck): Promise<JWTPayload> {
    const now = new Date(clock.nowMs());
    try {
      const { payload } = await jwtVerify(token, (header) => keyFor(db, principal.accountSid, header), {
        algorithms: ["RS256", "PS256"],
        requiredClaims: ["exp"],
        clockTolerance: toleranceSeconds,
        currentDate: now,
      });
      checkLifetime(payload, now.getTime() / 1000);
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError)
        throw invalidToken(`The validation token is not valid: ${error.message}.`, error);
      throw error;
    }
  }

  return async (check) => {
    const { principal, request } = check;
    if (principal.credential !== "api-key" || principal.credentialId === null) {
      throw new GatewayError(
        "signed-request-unsupported",
        "Signed requests come with an API key as user: SK and its secret.",
      );
    }
    const claims = await claimsOf(check);
    checkSid(claims, "iss", sidOf("SK", principal.credentialId));
    checkSid(claims, "sub", principal.accountSid);
    const signedHeaders = signedHeadersIn(claims, request);
    const requestHash = claims["rqh"];
    if (typeof requestHash !== "string") throw invalidToken("The claim rqh must be the hash of the request.");
    if (!matchesRequestHash(request, signedHeaders, requestHash.toLowerCase())) {
      throw new GatewayError("request-hash-mismatch", "The request is not the one that was signed.");
    }
  };
}

async function keyFor(db: Queryable, accountSid: AccountSid, { cty, kid }: JWTHeaderParameters) {
  if (cty !== contentType) throw invalidToken(`The validation token's cty must be ${contentType}.`);
  if (kid === undefined) throw invalidToken("The validation token must name its public key: kid.");
  const key = isSid(kid, "CR") ? await findPublicKey(db, accountSid, canonicalSid<CredentialSid>(kid)) : null;
  if (key === null) throw new GatewayError("signing-key-not-found", "The account has no such public key.");
  return importPublicKey(key);
}

/** `exp` is at most 300 s from `nbf`, or from now. */
function checkLifetime({ exp = 0, nbf }: JWTPayload, nowSeconds: number): void {
  const isLong = nbf !== undefined && exp - nbf > lifetimeSecondsMax;
  if (isLong || exp > nowSeconds + lifetimeSecondsMax + toleranceSeconds) {
    throw invalidToken(`The validation token must expire within ${lifetimeSecondsMax} seconds.`);
  }
}

function checkSid(claims: JWTPayload, claim: "iss" | "sub", expected: string): void {
  const sid = claims[claim];
  if (typeof sid === "string" && canonicalSid(sid) === expected) return;
  throw invalidToken(`The claim ${claim} must be the ${claim === "iss" ? "API key" : "account"} of the request.`);
}

/** The names of the signed headers as they were joined; each is there, and the two that must be are among them. */
function signedHeadersIn({ hrh }: JWTPayload, { headers }: SignedRequest): string {
  if (typeof hrh !== "string" || !headerNames.test(hrh)) {
    throw invalidToken("The claim hrh must be the names of the signed headers, joined with semicolons.");
  }
  const names = hrh.split(";");
  if (names.length > signedHeadersMax) throw invalidToken(`At most ${signedHeadersMax} headers can be signed.`);
  const absent =
    ["authorization", "host"].find((name) => !names.includes(name)) ?? names.find((name) => !headers.has(name));
  if (absent !== undefined)
    throw new GatewayError("signed-header-missing", `The header ${absent} is not signed or not there.`);
  return hrh;
}

function invalidToken(message: string, cause?: unknown): GatewayError {
  return new GatewayError("signature-token-invalid", message, { cause });
}
