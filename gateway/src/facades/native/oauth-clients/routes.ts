// The OAuth clients of an account: listed, made, changed, deleted; their secrets renewed. For owners only.

import type { FastifyInstance } from "fastify";
import { GatewayError } from "../../../core/errors.ts";
import type { Uuid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import {
  changeOauthClient,
  createOauthClient,
  removeOauthClient,
  renewClientSecret,
} from "../../../services/oauth/clients.ts";
import type { Database } from "../../../store/database.ts";
import { findOauthClient, listOauthClients } from "../../../store/oauth-clients.ts";
import { givenIn, ownerRoutes } from "../owner-routes.ts";
import { bootstrappedComesBack, problem } from "../schema.ts";
import { presentClient, presentMadeClient } from "./present.ts";
import * as schema from "./schema.ts";

export interface OauthClientRoutesDeps {
  readonly db: Database;
  readonly authenticator: Authenticator;
}

const path = "/accounts/:sid/oauth-clients";
const all = { params: schema.clientsParams };
const one = { params: schema.clientParams };

export function registerOauthClientRoutes(app: FastifyInstance, deps: OauthClientRoutesDeps): void {
  const { read, make, act, change, remove } = ownerRoutes(app, { ...deps, tag: "OAuth clients" });
  read(path, { summary: "The account's OAuth clients", ...all, reply: schema.clientsReply }, async ({ actor }) => ({
    clients: (await listOauthClients(deps.db, actor.accountSid)).map(presentClient),
  }));
  read(
    `${path}/:id`,
    { summary: "One OAuth client", ...one, reply: schema.client },
    async ({ actor, params: { id } }) => {
      const client = await findOauthClient(deps.db, actor.accountSid, id as Uuid);
      if (client === null) throw new GatewayError("not-found", "The account has no such OAuth client.");
      return presentClient(client);
    },
  );
  make(
    path,
    {
      summary: "Make an OAuth client",
      description: "It gets tokens at `/oauth/v2/token`. A token of its own acts for this account, with its role.",
      ...{ ...all, body: schema.newClient, reply: schema.madeClient },
    },
    async ({ actor, body: { public: isPublic, ...given } }) =>
      presentMadeClient(await createOauthClient(deps, actor, { ...given, isPublic })),
  );
  act(
    `${path}/:id/secret`,
    {
      summary: "Give an OAuth client a new secret; the old one ends",
      ...{ ...one, reply: schema.madeClient, errors: { 409: problem("It is a public client.") } },
    },
    async ({ actor, params }) => presentMadeClient(await renewClientSecret(deps, actor, params.id as Uuid)),
  );
  change(
    `${path}/:id`,
    {
      summary: "Change an OAuth client",
      ...{ ...one, body: schema.clientChanges, reply: schema.client },
      errors: { 409: problem("It is the client that the caller calls as, and its role would be another.") },
    },
    async ({ actor, params, body }) =>
      presentClient(await changeOauthClient(deps, actor, params.id as Uuid, givenIn(body))),
  );
  remove(
    `${path}/:id`,
    {
      summary: "Delete an OAuth client, with every token that it was given",
      description: bootstrappedComesBack,
      ...{ ...one, errors: { 409: problem("It is the client that the caller calls as.") } },
    },
    ({ actor, params }) => removeOauthClient(deps, actor, params.id as Uuid),
  );
}
