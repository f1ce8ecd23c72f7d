// OAuth clients as the native API shows them.

import type { z } from "zod";
import type { MadeOauthClient } from "../../../services/oauth/clients.ts";
import type { OauthClient } from "../../../store/oauth-clients.ts";
import type { client, madeClient } from "./schema.ts";

export function presentClient(stored: OauthClient): z.output<typeof client> {
  return {
    id: stored.id,
    accountSid: stored.accountSid,
    clientId: stored.clientId,
    name: stored.name,
    role: stored.role,
    public: stored.isPublic,
    redirectUris: [...stored.redirectUris],
    postLogoutRedirectUris: [...stored.postLogoutRedirectUris],
    createdAt: stored.createdAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
    lastUsedAt: stored.lastUsedAt?.toISOString() ?? null,
  };
}

export function presentMadeClient({ client: made, secret }: MadeOauthClient): z.output<typeof madeClient> {
  return { ...presentClient(made), clientSecret: secret };
}
