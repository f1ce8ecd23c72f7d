// The service accounts of an account and their keys: listed, made, changed, deleted. For owners only.

import type { FastifyInstance } from "fastify";
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
import { givenIn, ownerRoutes } from "../owner-routes.ts";
import { problem } from "../schema.ts";
import { presentKey, presentMadeKey, presentServiceAccount } from "./present.ts";
import * as schema from "./schema.ts";

export interface ServiceAccountRoutesDeps {
  readonly db: Database;
  readonly authenticator: Authenticator;
}

const tag = "service accounts";
const path = "/accounts/:sid/service-accounts";
const all = { params: schema.accountsParams };
const one = { params: schema.accountParams };

export function registerServiceAccountRoutes(app: FastifyInstance, deps: ServiceAccountRoutesDeps): void {
  const { read, make, change, remove } = ownerRoutes(app, { ...deps, tag });
  read(path, { summary: "The account's service accounts", ...all, reply: schema.accountsReply }, async ({ actor }) => ({
    serviceAccounts: (await listServiceAccounts(deps.db, actor.accountSid)).map(presentServiceAccount),
  }));
  read(
    `${path}/:id`,
    { summary: "One service account", ...one, reply: schema.account },
    async ({ actor, params: { id } }) => {
      const found = await findServiceAccount(deps.db, actor.accountSid, id as Uuid);
      if (found === null) throw new GatewayError("not-found", "The account has no such service account.");
      return presentServiceAccount(found);
    },
  );
  make(
    path,
    {
      summary: "Make a service account",
      description: "For a program. It proves itself by a key (JWT profile) or by a personal access token.",
      ...{ ...all, body: schema.newAccount, reply: schema.account },
    },
    async ({ actor, body }) => presentServiceAccount(await createServiceAccount(deps, actor, body)),
  );
  change(
    `${path}/:id`,
    {
      summary: "Change a service account",
      ...{ ...one, body: schema.accountChanges, reply: schema.account },
      errors: { 409: problem("It is the one that the caller calls as, and its role would be another.") },
    },
    async ({ actor, params, body }) =>
      presentServiceAccount(await changeServiceAccount(deps, actor, params.id as Uuid, givenIn(body))),
  );
  remove(
    `${path}/:id`,
    {
      summary: "Delete a service account, with its keys and tokens",
      ...{ ...one, errors: { 409: problem("It is the one that the caller calls as.") } },
    },
    ({ actor, params }) => removeServiceAccount(deps, actor, params.id as Uuid),
  );
  registerKeys(app, deps);
}

function registerKeys(app: FastifyInstance, deps: ServiceAccountRoutesDeps): void {
  const { read, make, remove } = ownerRoutes(app, { ...deps, tag });
  read(
    `${path}/:id/keys`,
    { summary: "The keys of a service account", ...one, reply: schema.keysReply },
    async ({ actor: { accountSid }, params }) => {
      const owner = { accountSid, id: params.id as Uuid };
      return { keys: (await listServiceAccountKeys(deps.db, owner)).map(presentKey) };
    },
  );
  make(
    `${path}/:id/keys`,
    {
      summary: "Make a key for a service account, or register a public key of yours",
      ...{ ...one, body: schema.newKey, reply: schema.madeKey },
    },
    async ({ actor, params, body: { expiresAt, ...body } }) =>
      presentMadeKey(await addServiceAccountKey(deps, actor, params.id as Uuid, { expiresAt, ...givenIn(body) })),
  );
  remove(
    `${path}/:id/keys/:keyId`,
    {
      summary: "Delete a key; the service account's tokens end with it, whichever key they were got with",
      params: schema.keyParams,
    },
    ({ actor, params: { id, keyId } }) => removeServiceAccountKey(deps, actor, id as Uuid, keyId),
  );
}
