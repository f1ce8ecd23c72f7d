// The personal access tokens of a service account: listed, made, deleted. For owners only.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Uuid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { createPersonalAccessToken, removePersonalAccessToken } from "../../../services/oauth/service-accounts.ts";
import type { Database } from "../../../store/database.ts";
import { listPersonalAccessTokens } from "../../../store/personal-access-tokens.ts";
import { actorFor } from "../auth.ts";
import { commonErrors, nothing } from "../schema.ts";
import { presentMadeToken, presentToken } from "./present.ts";
import * as schema from "./schema.ts";

export interface TokenRoutesDeps {
  readonly db: Database;
  readonly authenticator: Authenticator;
}

const tags = ["service accounts"];
const config = { roles: ["owner"] as const };
const path = "/accounts/:sid/service-accounts/:id/personal-access-tokens";

export function registerPersonalAccessTokenRoutes(app: FastifyInstance, deps: TokenRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    path,
    {
      config,
      schema: {
        tags,
        summary: "The personal access tokens of a service account",
        params: schema.tokensParams,
        response: { 200: schema.tokensReply, ...commonErrors },
      },
    },
    async (request) => {
      const { accountSid } = await actorFor(deps.authenticator, request, request.params.sid);
      const owner = { accountSid, id: request.params.id as Uuid };
      return { tokens: (await listPersonalAccessTokens(deps.db, owner)).map(presentToken) };
    },
  );
  routes.post(
    path,
    {
      config,
      schema: {
        tags,
        summary: "Make a personal access token",
        params: schema.tokensParams,
        body: schema.newToken,
        response: { 201: schema.madeToken, ...commonErrors },
      },
    },
    async (request, reply) => {
      const actor = await actorFor(deps.authenticator, request, request.params.sid);
      const made = await createPersonalAccessToken(deps, actor, request.params.id as Uuid, request.body);
      return reply.code(201).header("cache-control", "no-store").send(presentMadeToken(made));
    },
  );
  routes.delete(
    `${path}/:tokenId`,
    {
      config,
      schema: {
        tags,
        summary: "Delete a personal access token; it ends",
        params: schema.tokenParams,
        response: { 204: nothing, ...commonErrors },
      },
    },
    async (request, reply) => {
      const actor = await actorFor(deps.authenticator, request, request.params.sid);
      const { id, tokenId } = request.params;
      await removePersonalAccessToken(deps, actor, id as Uuid, tokenId as Uuid);
      return reply.code(204).send(null);
    },
  );
}
