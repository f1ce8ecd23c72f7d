// The grant of service accounts (RFC 7523): a signed assertion for an access token. The service account is the client, and
// the assertion is its proof; an assertion that is wrong in whatever way gets one answer.

import { decodeJwt, errors as joseErrors } from "jose";
import { errors, type Provider, type TokenEndpointGrantContext } from "oidc-provider";
import type { Clock } from "../../../core/clock.ts";
import { knownScopes } from "../../../core/oauth/scopes.ts";
import type { KeyUses } from "../../../services/key-uses.ts";
import { keyOfAssertion } from "../../../services/oauth/assertions.ts";
import { jwtBearerGrant } from "../../../services/oauth/client-metadata.ts";
import { findSubjectClaims } from "../../../services/oauth/subjects.ts";
import type { Queryable } from "../../../store/database.ts";
import { accessTokenSeconds } from "./policies.ts";

export interface JwtBearerDeps {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly keyUses: Pick<KeyUses, "note">;
}

interface AssertionParameters {
  readonly assertion?: string;
}

export const invalidAssertion = { error: "invalid_grant", error_description: "invalid assertion" } as const;

export function registerJwtBearer(provider: Provider, deps: JwtBearerDeps): void {
  provider.registerGrantType<AssertionParameters>(jwtBearerGrant, (ctx) => grantToken(provider, deps, ctx), [
    "assertion",
    "scope",
  ]);
}

async function grantToken(
  provider: Provider,
  { db, clock, keyUses }: JwtBearerDeps,
  ctx: TokenEndpointGrantContext<AssertionParameters>,
): Promise<void> {
  const { client, params } = ctx.oidc;
  const userId = client.clientId;
  const proof = { assertion: params.assertion ?? "", userId, issuer: provider.issuer };
  const key = await keyOfAssertion({ db, clock }, proof);
  const claims = key && (await findSubjectClaims(db, userId));
  if (key === null || claims === null) {
    throw described(new errors.InvalidGrant("assertion"), invalidAssertion.error_description);
  }
  keyUses.note("service-account-key", key.accountSid, key.id);
  const scopes = knownScopes(params.scope).filter((scope) => scope !== "offline_access");
  // Nothing but this token ever comes of it.
  const grant = Object.assign(new provider.Grant({ accountId: userId, clientId: userId }), {
    expiresIn: accessTokenSeconds,
  });
  grant.addOIDCScope(scopes.join(" "));
  ctx.oidc.entity("Grant", grant);
  ctx.oidc.entity("Account", { accountId: userId, claims: async () => ({ sub: userId, ...claims }) });
  const scope = scopes.join(" ");
  const token = new provider.AccessToken({
    ...{ accountId: userId, client, grantId: await grant.save(), gty: jwtBearerGrant },
    ...(scope === "" ? {} : { scope }),
  });
  ctx.oidc.entity("AccessToken", token);
  const accessToken = await token.save();
  ctx.body = {
    access_token: accessToken,
    token_type: token.tokenType,
    expires_in: token.expiration,
    ...(scopes.includes("openid") ? { id_token: await idToken(provider, ctx, userId) } : {}),
    ...(scope === "" ? {} : { scope }),
  };
}

async function idToken(
  provider: Provider,
  ctx: TokenEndpointGrantContext<AssertionParameters>,
  userId: string,
): Promise<string> {
  const token = new provider.IdToken({ sub: userId }, { ctx });
  return await token.issue({ use: "idtoken" });
}

function described<Failure extends Error>(error: Failure, description: string): Failure {
  return Object.assign(error, { error_description: description });
}

/**
 * The form of a token request with the client that the assertion names, since nothing else names it. The same form for any
 * other grant; null when the assertion is missing.
 */
export function nameAssertingClient(form: string): string | null {
  const fields = new URLSearchParams(form);
  if (!isJwtBearer(form) || fields.has("client_id")) return form;
  const assertion = fields.get("assertion");
  if (assertion === null || assertion === "") return null;
  fields.set("client_id", issuerOf(assertion) ?? "unknown");
  return fields.toString();
}

export function isJwtBearer(form: string): boolean {
  return new URLSearchParams(form).get("grant_type") === jwtBearerGrant;
}

function issuerOf(assertion: string): string | null {
  try {
    const { iss } = decodeJwt(assertion);
    return typeof iss === "string" && iss !== "" ? iss : null;
  } catch (error) {
    if (error instanceof joseErrors.JOSEError || error instanceof TypeError) return null;
    throw error;
  }
}
