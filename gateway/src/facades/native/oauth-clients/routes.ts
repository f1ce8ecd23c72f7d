// The OAuth clients of an account: listed, made, changed, deleted; their secrets renewed. For owners only.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { z } from "zod";
import { GatewayError } from "../../../core/errors.ts";
import type { Uuid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import {
  changeOauthClient,
  createOauthClient,
  type OauthClientChanges,
  removeOauthClient,
  renewClientSecret,
} from "../../../services/oauth/clients.ts";
import type { Database } from "../../../store/database.ts";
import { findOauthClient, listOauthClients } from "../../../store/oauth-clients.ts";
import { actorFor } from "../auth.ts";
import { commonErrors, nothing, problem } from "../schema.ts";
import { presentClient, presentMadeClient } from "./present.ts";
import * as schema from "./schema.ts";

export interface OauthClientRoutesDeps {
  readonly db: Database;
  readonly authenticator: Authenticator;
}

const tags = ["OAuth clients"];
const config = { roles: ["owner"] as const };

export function registerOauthClientRoutes(app: FastifyInstance, deps: OauthClientRoutesDeps): void {
  registerReading(app, deps);
  registerMaking(app, deps);
  registerChanging(app, deps);
}

function registerReading(app: FastifyInstance, { db, authenticator }: OauthClientRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    "/accounts/:sid/oauth-clients",
    {
      config,
      schema: {
        tags,
        summary: "The account's OAuth clients",
        params: schema.clientsParams,
        response: { 200: schema.clientsReply, ...commonErrors },
      },
    },
    async (request) => {
      const { accountSid } = await actorFor(authenticator, request, request.params.sid);
      return { clients: (await listOauthClients(db, accountSid)).map(presentClient) };
    },
  );
  routes.get(
    "/accounts/:sid/oauth-clients/:id",
    {
      config,
      schema: {
        tags,
        summary: "One OAuth client",
        params: schema.clientParams,
        response: { 200: schema.client, ...commonErrors },
      },
    },
    async (request) => {
      const { accountSid } = await actorFor(authenticator, request, request.params.sid);
      const client = await findOauthClient(db, accountSid, request.params.id as Uuid);
      if (client === null) throw new GatewayError("not-found", "The account has no such OAuth client.");
      return presentClient(client);
    },
  );
}

function registerMaking(app: FastifyInstance, deps: OauthClientRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.post(
    "/accounts/:sid/oauth-clients",
    {
      config,
      schema: {
        tags,
        summary: "Make an OAuth client",
        description: "It gets tokens at `/oauth/v2/token`. A token of its own acts for this account, with its role.",
        params: schema.clientsParams,
        body: schema.newClient,
        response: { 201: schema.madeClient, ...commonErrors },
      },
    },
    async (request, reply) => {
      const actor = await actorFor(deps.authenticator, request, request.params.sid);
      const { public: isPublic, ...given } = request.body;
      const made = await createOauthClient(deps, actor, { ...given, isPublic });
      return reply.code(201).header("cache-control", "no-store").send(presentMadeClient(made));
    },
  );
  routes.post(
    "/accounts/:sid/oauth-clients/:id/secret",
    {
      config,
      schema: {
        tags,
        summary: "Give an OAuth client a new secret; the old one ends",
        params: schema.clientParams,
        response: { 200: schema.madeClient, 409: problem("It is a public client."), ...commonErrors },
      },
    },
    async (request, reply) => {
      const actor = await actorFor(deps.authenticator, request, request.params.sid);
      const made = await renewClientSecret(deps, actor, request.params.id as Uuid);
      return reply.header("cache-control", "no-store").send(presentMadeClient(made));
    },
  );
}

function registerChanging(app: FastifyInstance, deps: OauthClientRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.patch(
    "/accounts/:sid/oauth-clients/:id",
    {
      config,
      schema: {
        tags,
        summary: "Change an OAuth client",
        params: schema.clientParams,
        body: schema.clientChanges,
        response: { 200: schema.client, ...commonErrors },
      },
    },
    async (request) => {
      const actor = await actorFor(deps.authenticator, request, request.params.sid);
      return presentClient(await changeOauthClient(deps, actor, request.params.id as Uuid, changesOf(request.body)));
    },
  );
  routes.delete(
    "/accounts/:sid/oauth-clients/:id",
    {
      config,
      schema: {
        tags,
        summary: "Delete an OAuth client, with every token that it was given",
        params: schema.clientParams,
        response: { 204: nothing, ...commonErrors },
      },
    },
    async (request, reply) => {
      const actor = await actorFor(deps.authenticator, request, request.params.sid);
      await removeOauthClient(deps, actor, request.params.id as Uuid);
      return reply.code(204).send(null);
    },
  );
}

/** The body as changes: what is absent is absent, not undefined. */
function changesOf(body: z.output<typeof schema.clientChanges>): OauthClientChanges {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}
