// Access tokens that say by themselves what they are: JWTs signed with the published keys, for APIs whose clients read them.
// What a token's client may do is looked up each time all the same.

import { randomUUID } from "node:crypto";
import { errors, importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import type { Clock } from "../../core/clock.ts";
import type { Uuid } from "../../core/ids.ts";
import type { SigningKey, SigningKeys } from "./signing-keys.ts";

/** What a token says of itself. */
export interface SignedTokenClaims {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly scope?: string;
  /** Further claims of a dialect, such as PingOne's `env` and `org`. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface SignedTokenClient {
  readonly clientId: string;
  /** Tells a client from an earlier one with the same clientId. */
  readonly id: Uuid;
}

/** What a token says when it is shown. */
interface ShownSignedToken extends SignedTokenClient {
  /** When it was issued. */
  readonly issuedAtSeconds: number;
}

export interface SignedTokens {
  issue(
    client: SignedTokenClient,
    claims: SignedTokenClaims,
  ): Promise<{ readonly accessToken: string; readonly expiresInSeconds: number }>;
  /** The client that a token was issued to; null unless it is ours, unaltered and not expired. `keyId`: its `kid`. */
  verify(token: string, keyId: string): Promise<ShownSignedToken | null>;
}

export const signedTokenAlgorithm = "RS256";
const lifetimeSeconds = 3600;
// RFC 9068, so that no ID token, which the same keys sign, passes for one.
const type = "at+jwt";

export function createSignedTokens({
  signingKeys,
  clock,
}: {
  readonly signingKeys: SigningKeys;
  readonly clock: Clock;
}): SignedTokens {
  async function keyNamed(keyId: string): Promise<SigningKey | undefined> {
    const named = ({ id }: SigningKey): boolean => id === keyId;
    return (await signingKeys.current()).keys.find(named);
  }

  return {
    async issue({ clientId, id }, { issuer, audience, scope, extra }) {
      const [key] = (await signingKeys.current()).keys;
      const nowSeconds = Math.floor(clock.nowMs() / 1000);
      const named = { client_id: clientId, client: id, ...(scope === undefined ? {} : { scope }) };
      const accessToken = await new SignJWT({ ...extra, ...named })
        .setProtectedHeader({ alg: signedTokenAlgorithm, typ: type, kid: key.id })
        .setIssuer(issuer)
        .setSubject(clientId)
        .setAudience([...audience])
        .setJti(randomUUID())
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + lifetimeSeconds)
        .sign(await importJWK(key.privateJwk as JWK, signedTokenAlgorithm));
      return { accessToken, expiresInSeconds: lifetimeSeconds };
    },
    async verify(token, keyId) {
      const key = await keyNamed(keyId);
      if (key === undefined) return null;
      const checks = {
        algorithms: [signedTokenAlgorithm],
        typ: type,
        currentDate: new Date(clock.nowMs()),
        requiredClaims: ["exp", "iat"],
      };
      const publicKey = await importJWK(key.publicJwk as JWK, signedTokenAlgorithm);
      const claims = await jwtVerify(token, publicKey, checks).then(({ payload }) => payload, refused);
      const [clientId, id] = [claims?.sub, claims?.["client"]];
      if (clientId === undefined || typeof id !== "string") return null;
      return { clientId, id: id as Uuid, issuedAtSeconds: claims?.iat ?? 0 };
    },
  };
}

function refused(error: unknown): null {
  if (error instanceof errors.JOSEError) return null;
  throw error;
}
