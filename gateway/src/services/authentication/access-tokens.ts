// Access tokens of the OAuth client-credentials flow: JWTs that every process can verify, signed with a key that they
// share, or with the published keys where a dialect wants tokens that its clients can read. A token says which client it is for and nothing of what that client may do: that is looked up each time, so that
// a deleted client's tokens end with it. Never logs a token.

import { randomBytes, randomUUID } from "node:crypto";
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from "jose";
import type { Clock } from "../../core/clock.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Uuid } from "../../core/ids.ts";
import {
  type AccessTokenKey,
  findAccessTokenKey,
  findCurrentAccessTokenKey,
  insertAccessTokenKey,
} from "../../store/access-token-keys.ts";
import type { Queryable } from "../../store/database.ts";
import { type SignedTokenClaims, type SignedTokens, signedTokenAlgorithm } from "../oauth/signed-tokens.ts";

export interface TokenClient {
  readonly clientId: string;
  /** Tells a client from an earlier one with the same clientId. */
  readonly id: Uuid;
}

/** What a token says when it is shown. */
interface ShownToken extends TokenClient {
  /** When it was issued. */
  readonly issuedAtSeconds: number;
}

export interface IssuedAccessToken {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
}

export interface AccessTokens {
  issue(client: TokenClient): Promise<IssuedAccessToken>;
  /** One that says what it is. Rejects with `internal` where there are no signed tokens. */
  issueSigned(client: TokenClient, claims: SignedTokenClaims): Promise<IssuedAccessToken>;
  /** The client that a token was issued to; null unless it is ours, unaltered and not expired. */
  verify(token: string): Promise<ShownToken | null>;
}

export interface AccessTokensDeps {
  readonly db: Queryable;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly signedTokens?: SignedTokens;
}

const lifetimeSeconds = 3600;
const algorithm = "HS256";
// RFC 9068: the type of an access token, so that no other JWT that is ever signed with the key passes for one.
const type = "at+jwt";
const issuer = "trunkline";
const tokenForm = /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/;
const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function createAccessTokens({ db, sealer, clock, signedTokens }: AccessTokensDeps): AccessTokens {
  // Keys never change and are few.
  const known = new Map<string, AccessTokenKey>();

  async function currentKey(): Promise<AccessTokenKey> {
    const current = await findCurrentAccessTokenKey(db, sealer);
    if (current !== null) return current;
    await insertAccessTokenKey(db, sealer, randomBytes(32));
    return currentKey();
  }

  async function keyNamed(id: Uuid): Promise<AccessTokenKey | null> {
    const key = known.get(id) ?? (await findAccessTokenKey(db, sealer, id));
    if (key !== null) known.set(id, key);
    return key;
  }

  return {
    async issue({ clientId, id }) {
      const key = await currentKey();
      const nowSeconds = Math.floor(clock.nowMs() / 1000);
      const accessToken = await new SignJWT({ client_id: clientId, client: id })
        .setProtectedHeader({ alg: algorithm, typ: type, kid: key.id })
        .setIssuer(issuer)
        .setSubject(clientId)
        .setJti(randomUUID())
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + lifetimeSeconds)
        .sign(key.key);
      return { accessToken, expiresInSeconds: lifetimeSeconds };
    },
    async issueSigned(client, claims) {
      if (signedTokens === undefined) throw new GatewayError("internal", "There are no signed access tokens here.");
      return await signedTokens.issue(client, claims);
    },
    async verify(token) {
      const header = headerOf(token);
      if (header === null) return null;
      if (header.alg === signedTokenAlgorithm) return (await signedTokens?.verify(token, header.keyId)) ?? null;
      const key = await keyNamed(header.keyId);
      if (key === null) return null;
      const currentDate = new Date(clock.nowMs());
      const checks = { algorithms: [algorithm], typ: type, issuer, currentDate, requiredClaims: ["exp", "iat"] };
      const claims = await jwtVerify(token, key.key, checks).then(({ payload }) => payload, refused);
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

/** What a token says it was signed with; null for what is no token of ours. */
function headerOf(token: string): { readonly keyId: Uuid; readonly alg: string | undefined } | null {
  if (!tokenForm.test(token)) return null;
  try {
    const { kid, alg } = decodeProtectedHeader(token);
    return kid !== undefined && uuidForm.test(kid) ? { keyId: kid as Uuid, alg } : null;
  } catch (error) {
    if (error instanceof TypeError || error instanceof errors.JOSEError) return null;
    throw error;
  }
}
