// The service accounts of an account and their keys: listed, made, changed, deleted. For owners only.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { GatewayError } from "../../../core/errors.ts";
import type { Uuid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import {
  addServiceAccountKey,
  changeServiceAccount,
  createServiceAccount,
  removeServiceAccount,
  removeServiceAccountKey,
} from "../../../services/oauth/service-accounts.ts";
import type { Database } from "../../../store/database.ts";
import { findServiceAccount, listServiceAccountKeys, listServiceAccounts } from "../../../store/service-accounts.ts";
import { actorFor } from "../auth.ts";
import { commonErrors, nothing } from "../schema.ts";
import { presentKey, presentMadeKey, presentServiceAccount } from "./present.ts";
import * as schema from "./schema.ts";

export interface ServiceAccountRoutesDeps {
  readonly db: Database;
  readonly authenticator: Authenticator;
}

const tags = ["service accounts"];
const config = { roles: ["owner"] as const };
const path = "/accounts/:sid/service-accounts";

export function registerServiceAccountRoutes(app: FastifyInstance, deps: ServiceAccountRoutesDeps): void {
  registerReading(app, deps);
  registerChanging(app, deps);
  registerKeys(app, deps);
}

function registerReading(app: FastifyInstance, { db, authenticator }: ServiceAccountRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    path,
    {
      config,
      schema: {
        tags,
        summary: "The account's service accounts",
        params: schema.accountsParams,
        response: { 200: schema.accountsReply, ...commonErrors },
      },
    },
    async (request) => {
      const { accountSid } = await actorFor(authenticator, request, request.params.sid);
      return { serviceAccounts: (await listServiceAccounts(db, accountSid)).map(presentServiceAccount) };
    },
  );
  routes.get(
    `${path}/:id`,
    {
      config,
      schema: {
        tags,
        summary: "One service account",
        params: schema.accountParams,
        response: { 200: schema.account, ...commonErrors },
      },
    },
    async (request) => {
      const { accountSid } = await actorFor(authenticator, request, request.params.sid);
      const found = await findServiceAccount(db, accountSid, request.params.id as Uuid);
      if (found === null) throw new GatewayError("not-found", "The account has no such service account.");
      return presentServiceAccount(found);
    },
  );
}

function registerChanging(app: FastifyInstance, deps: ServiceAccountRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.post(
    path,
    {
      config,
      schema: {
        tags,
        summary: "Make a service account",
        description: "For a program. It proves itself by a key (JWT profile) or by a personal access token.",
        params: schema.accountsParams,
        body: schema.newAccount,
        response: { 201: schema.account, ...commonErrors },
      },
    },
    async (request, reply) => {
      const actor = await actorFor(deps.authenticator, request, request.params.sid);
      return reply.code(201).send(presentServiceAccount(await createServiceAccount(deps, actor, request.body)));
    },
  );
  routes.patch(
    `${path}/:id`,
    {
      config,
      schema: {
        tags,
        summary: "Change a service account",
        params: schema.accountParams,
        body: schema.accountChanges,
        response: { 200: schema.account, ...commonErrors },
      },
    },
    async (request) => {
      const actor = await actorFor(deps.authenticator, request, request.params.sid);
      const { name, role } = request.body;
      const changes = { ...(name === undefined ? {} : { name }), ...(role === undefined ? {} : { role }) };
      return presentServiceAccount(await changeServiceAccount(deps, actor, request.params.id as Uuid, changes));
    },
  );
  routes.delete(
    `${path}/:id`,
    {
      config,
      schema: {
        tags,
        summary: "Delete a service account, with its keys and tokens",
        params: schema.accountParams,
        response: { 204: nothing, ...commonErrors },
      },
    },
    async (request, reply) => {
      const actor = await actorFor(deps.authenticator, request, request.params.sid);
      await removeServiceAccount(deps, actor, request.params.id as Uuid);
      return reply.code(204).send(null);
    },
  );
}

function registerKeys(app: FastifyInstance, deps: ServiceAccountRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    `${path}/:id/keys`,
    {
      config,
      schema: {
        tags,
        summary: "The keys of a service account",
        params: schema.accountParams,
        response: { 200: schema.keysReply, ...commonErrors },
      },
    },
    async (request) => {
      const { accountSid } = await actorFor(deps.authenticator, request, request.params.sid);
      const owner = { accountSid, id: request.params.id as Uuid };
      return { keys: (await listServiceAccountKeys(deps.db, owner)).map(presentKey) };
    },
  );
  routes.post(
    `${path}/:id/keys`,
    {
      config,
      schema: {
        tags,
        summary: "Make a key for a service account, or register a public key of yours",
        params: schema.accountParams,
        body: schema.newKey,
        response: { 201: schema.madeKey, ...commonErrors },
      },
    },
    async (request, reply) => {
      const actor = await actorFor(deps.authenticator, request, request.params.sid);
      const { publicKey, expiresAt } = request.body;
      const asked = { expiresAt, ...(publicKey === undefined ? {} : { publicKey }) };
      const made = await addServiceAccountKey(deps, actor, request.params.id as Uuid, asked);
      return reply.code(201).header("cache-control", "no-store").send(presentMadeKey(made));
    },
  );
  routes.delete(
    `${path}/:id/keys/:keyId`,
    {
      config,
      schema: {
        tags,
        summary: "Delete a key; the service account's tokens end with it, whichever key they were got with",
        params: schema.keyParams,
        response: { 204: nothing, ...commonErrors },
      },
    },
    async (request, reply) => {
      const actor = await actorFor(deps.authenticator, request, request.params.sid);
      const { id, keyId } = request.params;
      await removeServiceAccountKey(deps, actor, id as Uuid, keyId);
      return reply.code(204).send(null);
    },
  );
}
