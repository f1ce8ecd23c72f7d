// The personal access tokens of a service account: listed, made, deleted. For owners only.

import type { FastifyInstance } from "fastify";
import type { Uuid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { createPersonalAccessToken, removePersonalAccessToken } from "../../../services/oauth/service-accounts.ts";
import type { Database } from "../../../store/database.ts";
import { listPersonalAccessTokens } from "../../../store/personal-access-tokens.ts";
import { ownerRoutes } from "../owner-routes.ts";
import { problem } from "../schema.ts";
import { presentMadeToken, presentToken } from "./present.ts";
import * as schema from "./schema.ts";

export interface TokenRoutesDeps {
  readonly db: Database;
  readonly authenticator: Authenticator;
}

const path = "/accounts/:sid/service-accounts/:id/personal-access-tokens";

export function registerPersonalAccessTokenRoutes(app: FastifyInstance, deps: TokenRoutesDeps): void {
  const { read, make, remove } = ownerRoutes(app, { ...deps, tag: "service accounts" });
  read(
    path,
    {
      summary: "The personal access tokens of a service account",
      ...{ params: schema.tokensParams, reply: schema.tokensReply },
    },
    async ({ actor: { accountSid }, params }) => {
      const owner = { accountSid, id: params.id as Uuid };
      return { tokens: (await listPersonalAccessTokens(deps.db, owner)).map(presentToken) };
    },
  );
  make(
    path,
    {
      summary: "Make a personal access token",
      ...{ params: schema.tokensParams, body: schema.newToken, reply: schema.madeToken },
    },
    async ({ actor, params, body }) =>
      presentMadeToken(await createPersonalAccessToken(deps, actor, params.id as Uuid, body)),
  );
  remove(
    `${path}/:tokenId`,
    {
      summary: "Delete a personal access token; it ends",
      ...{ params: schema.tokenParams, errors: { 409: problem("It is the token that the caller calls with.") } },
    },
    ({ actor, params: { id, tokenId } }) => removePersonalAccessToken(deps, actor, id as Uuid, tokenId as Uuid),
  );
}
