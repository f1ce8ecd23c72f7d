// The gateway's own access keys of an account: listed, made, changed, deleted. For owners only.

import type { FastifyInstance } from "fastify";
import type { Clock } from "../../../core/clock.ts";
import type { Uuid } from "../../../core/ids.ts";
import { changeAccessKey, createAccessKey, removeAccessKey } from "../../../services/access-keys.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { listAccessKeys } from "../../../store/access-keys.ts";
import type { Database } from "../../../store/database.ts";
import { demandFuture } from "../expiry.ts";
import { givenIn, ownerRoutes } from "../owner-routes.ts";
import { bootstrappedComesBack, problem } from "../schema.ts";
import { presentAccessKey, presentMadeAccessKey } from "./present.ts";
import * as schema from "./schema.ts";

export interface AccessKeyRoutesDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
}

const path = "/accounts/:sid/access-keys";

export function registerAccessKeyRoutes(app: FastifyInstance, deps: AccessKeyRoutesDeps): void {
  const { read, make, change, remove } = ownerRoutes(app, { ...deps, tag: "access keys" });
  const one = { params: schema.keyParams };
  read(
    path,
    { summary: "The account's access keys", params: schema.keysParams, reply: schema.keysReply },
    async ({ actor }) => ({ accessKeys: (await listAccessKeys(deps.db, actor.accountSid)).map(presentAccessKey) }),
  );
  make(
    path,
    {
      summary: "Make an access key",
      description: "It is taken by every API of the gateway from the moment of the answer, with what its role allows.",
      ...{ params: schema.keysParams, body: schema.newKey, reply: schema.madeKey },
    },
    async ({ actor, body }) => {
      demandFuture(deps.clock, body.expiresAt);
      return presentMadeAccessKey(await createAccessKey(deps, actor, body));
    },
  );
  change(
    `${path}/:id`,
    {
      summary: "Change an access key",
      ...{ ...one, body: schema.keyChanges, reply: schema.key },
      errors: {
        409: problem("It is the key that the caller calls with, which would be able to do less, or end earlier."),
      },
    },
    async ({ actor, params, body }) => {
      demandFuture(deps.clock, body.expiresAt);
      return presentAccessKey(await changeAccessKey(deps, actor, params.id as Uuid, givenIn(body)));
    },
  );
  remove(
    `${path}/:id`,
    {
      summary: "Delete an access key; it ends",
      description: bootstrappedComesBack,
      ...{ ...one, errors: { 409: problem("It is the key that the caller calls with.") } },
    },
    ({ actor, params }) => removeAccessKey(deps, actor, params.id as Uuid),
  );
}
