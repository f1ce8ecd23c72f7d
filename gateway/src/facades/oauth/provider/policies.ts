// What the authorization server allows whom: which client may ask about which token, from which origins browsers may call,
// what is granted without asking, and how long things live.

import type { Client, Configuration, KoaContextWithOIDC } from "oidc-provider";
import { adminAudience, adminAudienceScope, supportedScopes } from "../../../core/oauth/scopes.ts";
import { dashboardClientId } from "../../../services/oauth/client-metadata.ts";

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** In seconds. */
export const accessTokenSeconds = hour;

/** In seconds. A session ends when it was not used for that long. */
export const lifetimes: NonNullable<Configuration["ttl"]> = {
  AccessToken: accessTokenSeconds,
  AuthorizationCode: minute,
  ClientCredentials: hour,
  Grant: 30 * day,
  IdToken: hour,
  Interaction: 30 * minute,
  RefreshToken: 14 * day,
  // Of somebody who has not signed in it holds no more than a sign-out under way.
  Session: (_ctx, session) => (session.accountId === undefined ? 30 * minute : 12 * hour),
};

/** The dashboard stays signed in with its session; others for longer, if they asked to. */
export function issuesRefreshToken(
  _ctx: KoaContextWithOIDC,
  client: Client,
  source: { readonly scopes: ReadonlySet<string> },
): boolean {
  if (!client.grantTypeAllowed("refresh_token")) return false;
  return client.clientId === dashboardClientId || source.scopes.has("offline_access");
}

/** A browser may call from the gateway's own pages, and from where the client's redirects lead. */
export function originIsAllowed(issuer: string, origin: string, client: Client): boolean {
  return [issuer, ...(client.redirectUris ?? [])].some((uri) => URL.parse(uri)?.origin === origin);
}

/** The grant that stands, if there is one. The dashboard is part of the gateway: nobody is asked about it. */
export async function findGrant(ctx: KoaContextWithOIDC) {
  const { client, session, provider, result } = ctx.oidc;
  const accountId = session?.accountId;
  if (client === undefined || session === undefined || accountId === undefined) return undefined;
  const { clientId } = client;
  const grantId = result?.consent?.grantId ?? session.grantIdFor(clientId);
  const grant = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  if (grant !== undefined && grant.accountId === accountId && grant.clientId === clientId) return grant;
  if (clientId !== dashboardClientId) return undefined;
  const own = new provider.Grant({ accountId, clientId });
  own.addOIDCScope(supportedScopes.join(" "));
  await own.save();
  return own;
}

/** The audience as introspection tells it. */
export function audienceOf(clientId: string, scope: unknown): readonly string[] {
  const reachesApis = typeof scope === "string" && scope.split(" ").includes(adminAudienceScope);
  return reachesApis ? [clientId, adminAudience] : [clientId];
}
