// Clients as the authorization server sees them: those of accounts, service accounts (each is the client of its own
// assertions), and the gateway's own dashboard. None of an account that is not active.

import type { AdapterPayload } from "oidc-provider";
import { isNative } from "../../core/oauth/redirect-uri.ts";
import { isStorable } from "../../core/storable-text.ts";
import type { Queryable } from "../../store/database.ts";
import { findRegisteredClient, type OauthClient } from "../../store/oauth-clients.ts";
import { findServiceAccountByUserId } from "../../store/service-accounts.ts";
import { isServiceAccountSubject } from "./subjects.ts";

export const jwtBearerGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** The built-in public client of the dashboard; nobody else may have this id. */
export const dashboardClientId = "dashboard";

/** Under which names the library keeps what row a client is. */
export const clientRowMetadata = { accountSid: "gateway_account_sid", id: "gateway_client_id" } as const;

export interface ClientMetadataSource {
  readonly db: Queryable;
  /** Where the dashboard is, without a slash at the end. */
  readonly issuer: string;
}

const clientIdCharactersMax = 256;

/** Null: there is no such client. */
export async function findClientMetadata(
  { db, issuer }: ClientMetadataSource,
  clientId: string,
): Promise<AdapterPayload | null> {
  if (clientId === dashboardClientId) return dashboardClient(issuer);
  if (clientId.length > clientIdCharactersMax || !isStorable(clientId)) return null;
  const registered = await findRegisteredClient(db, clientId);
  if (registered !== null) return registered.accountStatus === "active" ? registeredClient(registered.client) : null;
  if (!isServiceAccountSubject(clientId)) return null;
  const account = await findServiceAccountByUserId(db, clientId);
  return account?.accountStatus === "active" ? serviceAccountClient(clientId, account.name) : null;
}

function dashboardClient(issuer: string): AdapterPayload {
  return {
    client_id: dashboardClientId,
    client_name: "Trunkline dashboard",
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    redirect_uris: [`${issuer}/`],
    post_logout_redirect_uris: [`${issuer}/`],
  };
}

function registeredClient(client: OauthClient): AdapterPayload {
  const { accountSid, id, clientId, name, isPublic, redirectUris, postLogoutRedirectUris } = client;
  const redirects = redirectUris.length > 0;
  return {
    client_id: clientId,
    client_name: name,
    application_type: isNative(redirectUris) ? "native" : "web",
    ...(isPublic
      ? { token_endpoint_auth_method: "none" as const }
      : // The library wants a text; the right one is known as a hash only (see checkClient in the authenticator).
        { token_endpoint_auth_method: "client_secret_basic" as const, client_secret: "kept as a hash" }),
    grant_types: [
      ...(redirects ? ["authorization_code", "refresh_token"] : []),
      ...(isPublic ? [] : ["client_credentials"]),
    ],
    response_types: redirects ? ["code"] : [],
    redirect_uris: [...redirectUris],
    post_logout_redirect_uris: [...postLogoutRedirectUris],
    ...{ [clientRowMetadata.accountSid]: accountSid, [clientRowMetadata.id]: id },
  };
}

function serviceAccountClient(userId: string, name: string): AdapterPayload {
  return {
    client_id: userId,
    client_name: name,
    token_endpoint_auth_method: "none",
    grant_types: [jwtBearerGrant],
    response_types: [],
    redirect_uris: [],
  };
}
