// How the library oidc-provider is set up: endpoints at ZITADEL's paths, the code flow with PKCE (S256) only, opaque tokens
// whose revocation counts everywhere, and nothing that the gateway does not need.

import type { Configuration, KoaContextWithOIDC } from "oidc-provider";
import { supportedScopes } from "../../../core/oauth/scopes.ts";
import { clientRowMetadata } from "../../../services/oauth/client-metadata.ts";
import type { SigningKey } from "../../../services/oauth/signing-keys.ts";
import { findSubjectClaims } from "../../../services/oauth/subjects.ts";
import { mayIntrospect } from "../../../services/oauth/token-owners.ts";
import type { Queryable } from "../../../store/database.ts";
import { presentFailure } from "../pages/failure.ts";
import { presentSignedOut, presentSignOut } from "../pages/sign-out.ts";
import { findGrant, issuesRefreshToken, lifetimes, originIsAllowed } from "./policies.ts";

export const paths = {
  authorize: "/oauth/v2/authorize",
  interaction: "/oauth/v2/interaction",
  token: "/oauth/v2/token",
  introspect: "/oauth/v2/introspect",
  revoke: "/oauth/v2/revoke",
  keys: "/oauth/v2/keys",
  userinfo: "/oidc/v1/userinfo",
  endSession: "/oidc/v1/end_session",
  discovery: "/.well-known/openid-configuration",
  oauthDiscovery: "/.well-known/oauth-authorization-server",
} as const;

export interface ConfigurationParts {
  readonly db: Queryable;
  readonly issuer: string;
  readonly adapter: NonNullable<Configuration["adapter"]>;
  readonly keys: readonly SigningKey[];
  /** Tells the cookies of gateways on one host apart. */
  readonly cookieMark: string;
}

const off = { enabled: false };
const on = { enabled: true };

export function configurationOf(parts: ConfigurationParts): Configuration {
  const { db, issuer, adapter, keys, cookieMark } = parts;
  return {
    adapter,
    jwks: { keys: keys.map(({ privateJwk }) => ({ ...privateJwk })) as never },
    findAccount: (_ctx, subject) => findAccount(db, subject),
    scopes: [...supportedScopes],
    claims: {
      openid: ["sub"],
      profile: ["name", "preferred_username", "updated_at"],
      email: ["email", "email_verified"],
    },
    responseTypes: ["code"],
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    routes: {
      authorization: paths.authorize,
      token: paths.token,
      introspection: paths.introspect,
      revocation: paths.revoke,
      jwks: paths.keys,
      userinfo: paths.userinfo,
      end_session: paths.endSession,
    },
    features: featuresOf(db),
    extraClientMetadata: { properties: Object.values(clientRowMetadata) },
    clientAuthMethods: ["none", "client_secret_basic", "client_secret_post"],
    enabledJWA: { idTokenSigningAlgValues: ["RS256"] },
    ttl: lifetimes,
    cookies: {
      names: {
        session: `trunkline_session_${cookieMark}`,
        interaction: `trunkline_interaction_${cookieMark}`,
        resume: `trunkline_resume_${cookieMark}`,
      },
      long: { httpOnly: true, sameSite: "lax" },
      short: { httpOnly: true, sameSite: "lax" },
    },
    interactions: { url: (_ctx, { uid }) => `${pathPrefixOf(issuer)}${paths.interaction}/${uid}` },
    clientBasedCORS: (_ctx, origin, client) => originIsAllowed(issuer, origin, client),
    rotateRefreshToken: true,
    issueRefreshToken: async (ctx, client, source) => issuesRefreshToken(ctx, client, source),
    loadExistingGrant: findGrant,
    renderError: (ctx, { error, error_description: description }) => {
      sendPage(ctx, presentFailure(description ?? error, error));
    },
  };
}

function featuresOf(db: Queryable): NonNullable<Configuration["features"]> {
  return {
    clientCredentials: on,
    introspection: {
      enabled: true,
      allowedPolicy: async (_ctx, client, token) => {
        if (client.clientAuthMethod === "none") return false;
        const subject = "accountId" in token ? token.accountId : undefined;
        return await mayIntrospect(db, client.clientId, { clientId: token.clientId, subject });
      },
    },
    revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => sendPage(ctx, presentSignOut(form)),
      postLogoutSuccessSource: (ctx) => sendPage(ctx, presentSignedOut()),
    },
    userinfo: on,
    devInteractions: off,
    dPoP: off,
    pushedAuthorizationRequests: off,
    resourceIndicators: off,
  };
}

function sendPage(ctx: KoaContextWithOIDC, html: string): void {
  ctx.type = "html";
  ctx.body = html;
}

async function findAccount(db: Queryable, subject: string) {
  const claims = await findSubjectClaims(db, subject);
  return claims === null ? undefined : { accountId: subject, claims: async () => ({ sub: subject, ...claims }) };
}

/** The path of the public URL, which a proxy in front takes away: empty, or such as `/gateway`. */
export function pathPrefixOf(issuer: string): string {
  return new URL(issuer).pathname.replace(/\/$/, "");
}
