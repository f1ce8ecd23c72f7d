// API keys (`SK…`) of an account, the same that Twilio's API shows: listed, made, changed, deleted. For owners only.

import type { FastifyInstance } from "fastify";
import { type KeyPolicy, readPolicy } from "../../../core/access/policy.ts";
import type { Sealer } from "../../../core/credentials/seal.ts";
import { canonicalSid, uuidOf } from "../../../core/ids.ts";
import { changeApiKey, createApiKey, removeApiKey } from "../../../services/api-keys.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { listApiKeys } from "../../../store/api-keys.ts";
import type { Database } from "../../../store/database.ts";
import { givenIn, ownerRoutes } from "../owner-routes.ts";
import { bootstrappedComesBack } from "../schema.ts";
import { presentApiKey, presentMadeApiKey } from "./present.ts";
import * as schema from "./schema.ts";

export interface ApiKeyRoutesDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly authenticator: Authenticator;
}

const path = "/accounts/:sid/api-keys";

export function registerApiKeyRoutes(app: FastifyInstance, deps: ApiKeyRoutesDeps): void {
  const { read, make, change, remove } = ownerRoutes(app, { ...deps, tag: "access keys" });
  const one = { params: schema.keyParams };
  read(
    path,
    {
      summary: "The account's API keys, those of Twilio's API included",
      ...{ params: schema.keysParams, query: schema.keysQuery, reply: schema.keysReply },
    },
    async ({ actor, query: { after, limit } }) => {
      const cursor = after === undefined ? null : { direction: "older" as const, id: uuidOf(after) };
      const { items, hasOlder } = await listApiKeys(deps.db, actor.accountSid, { limit, cursor });
      return { apiKeys: items.map(presentApiKey), next: hasOlder ? (items.at(-1)?.sid ?? null) : null };
    },
  );
  make(
    path,
    {
      summary: "Make an API key",
      description:
        "For Twilio's SDKs, and as Basic credentials of the Twilio API. It may not manage accounts and keys.",
      ...{ params: schema.keysParams, body: schema.newKey, reply: schema.madeKey },
    },
    async ({ actor, body: { friendlyName, policy } }) => {
      const asked = { friendlyName, policy: policy === undefined ? null : checked(policy) };
      return presentMadeApiKey(await createApiKey(deps, actor, asked));
    },
  );
  change(
    `${path}/:key`,
    { summary: "Change an API key", ...one, body: schema.keyChanges, reply: schema.key },
    async ({ actor, params, body }) => {
      const { policy, ...rest } = givenIn(body);
      const changes = { ...rest, ...(policy === undefined ? {} : { policy: checked(policy) }) };
      return presentApiKey(await changeApiKey(deps, { ...actor, sid: canonicalSid(params.key) }, changes));
    },
  );
  remove(
    `${path}/:key`,
    { summary: "Delete an API key; it ends", description: bootstrappedComesBack, ...one },
    ({ actor, params }) => removeApiKey(deps, { ...actor, sid: canonicalSid(params.key) }),
  );
}

/** By the rules of the other API that sets policies. */
function checked(policy: KeyPolicy): KeyPolicy {
  return readPolicy(JSON.stringify(policy));
}
