// Keys for FusionAuth's API, the same that it manages itself: made, changed, deleted. They are listed with all others (keys/).
// For owners only.

import type { FastifyInstance } from "fastify";
import { actorOf } from "../../../core/access/principal.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Sealer } from "../../../core/credentials/seal.ts";
import { newEndpointKey } from "../../../core/credentials/secrets.ts";
import { newUuid, type Uuid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { changeEndpointKey, createEndpointKey, removeEndpointKey } from "../../../services/endpoint-keys.ts";
import { isUnchanged } from "../../../services/is-unchanged.ts";
import type { Database } from "../../../store/database.ts";
import { demandFuture } from "../expiry.ts";
import { givenIn, type OwnerCall, ownerRoutes } from "../owner-routes.ts";
import { problem } from "../schema.ts";
import { presentEndpointKey } from "./present.ts";
import * as schema from "./schema.ts";

export interface EndpointKeyRoutesDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
}

const path = "/accounts/:sid/endpoint-keys";
const errors = { 409: problem("Another key has this name.") };

export function registerEndpointKeyRoutes(app: FastifyInstance, deps: EndpointKeyRoutesDeps): void {
  const { make, change, remove } = ownerRoutes(app, { ...deps, tag: "access keys" });
  const one = { params: schema.keyParams };
  make(
    path,
    {
      summary: "Make a key for FusionAuth's API, with permissions by endpoint",
      ...{ params: schema.keysParams, body: schema.newKey, reply: schema.madeKey, errors },
    },
    async ({ actor, body }) => {
      demandFuture(deps.clock, body.expiresAt);
      const key = newEndpointKey();
      const made = await createEndpointKey(deps, actorOf(actor.principal), {
        ...{ ...body, accountSid: actor.accountSid, id: newUuid(), key },
        ...{ retrievable: false, keyManager: false, tenantScoped: false, kept: "{}" },
      });
      return { ...presentEndpointKey(made), key };
    },
  );
  change(
    `${path}/:id`,
    { summary: "Change a key for FusionAuth's API", ...one, body: schema.keyChanges, reply: schema.key, errors },
    async ({ body, ...call }) => {
      demandFuture(deps.clock, body.expiresAt);
      const changes = givenIn(body);
      const changed = await changeEndpointKey(deps, keyPath(call), (before) =>
        isUnchanged(before, changes) ? null : { ...before, ...changes },
      );
      return presentEndpointKey(changed);
    },
  );
  remove(`${path}/:id`, { summary: "Delete a key for FusionAuth's API; it ends", ...one }, (call) =>
    removeEndpointKey(deps, keyPath(call)),
  );
}

function keyPath({ actor, params }: OwnerCall<{ readonly id: string }>) {
  return { accountSid: actor.accountSid, actor: actorOf(actor.principal), id: params.id as Uuid };
}
