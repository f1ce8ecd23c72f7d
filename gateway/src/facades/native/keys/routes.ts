// All keys of an account in one list, whatever kind they are. For owners only.

import type { FastifyInstance } from "fastify";
import type { Clock } from "../../../core/clock.ts";
import type { Uuid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { Queryable } from "../../../store/database.ts";
import { type KeyCursor, listKeys } from "../../../store/key-list.ts";
import { givenIn, ownerRoutes } from "../owner-routes.ts";
import { presentListedKey } from "./present.ts";
import * as schema from "./schema.ts";

export interface KeyListRoutesDeps {
  readonly listDb: Queryable;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
}

export function registerKeyListRoutes(app: FastifyInstance, deps: KeyListRoutesDeps): void {
  const { read } = ownerRoutes(app, { ...deps, tag: "access keys" });
  read(
    "/accounts/:sid/keys",
    {
      summary: "All keys of the account, of every kind",
      description: "Access keys, API keys, keys of FusionAuth's API, OAuth clients, and what service accounts have.",
      ...{ params: schema.keysParams, query: schema.keysQuery, reply: schema.keysReply },
    },
    async ({ actor, query: { after, limit, ...filter } }) => {
      const now = new Date(deps.clock.nowMs());
      const cursor = after === undefined ? null : readCursor(after);
      const page = { after: cursor, limit: limit + 1, now };
      const found = await listKeys(deps.listDb, actor.accountSid, givenIn(filter), page);
      const shown = found.slice(0, limit);
      const last = shown.at(-1)?.cursor;
      const next = found.length > limit && last !== undefined ? `${last.createdMicros}.${last.id}` : null;
      return { keys: shown.map(({ key }) => presentListedKey(key, now)), next };
    },
  );
}

/** The schema has seen its form. */
function readCursor(text: string): KeyCursor {
  const [createdMicros = "", id = ""] = text.split(".");
  return { createdMicros, id: id as Uuid };
}
