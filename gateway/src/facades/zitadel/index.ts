// ZITADEL's admin API, as far as it is about SMS providers: REST, gRPC, gRPC-Web and Connect, from one service definition.

import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Authenticator } from "../../services/authenticator.ts";
import type { Providers } from "../../services/providers.ts";
import type { Queryable } from "../../store/database.ts";
import { createCall } from "./call.ts";
import { registerRest } from "./rest/routes.ts";
import { registerRpc } from "./rpc/routes.ts";
import { createHandlers } from "./sms-providers/handlers.ts";

export interface ZitadelFacadeDeps {
  readonly db: Queryable;
  readonly log: Logger;
  readonly authenticator: Authenticator;
  readonly providers: Providers;
}

/** The plugin, to be registered without a prefix. */
export function createZitadelFacade(deps: ZitadelFacadeDeps): (app: FastifyInstance) => Promise<void> {
  const call = createCall(createHandlers(deps), deps.log);
  return async (app) => {
    await app.register(async (rest) => registerRest(rest, { ...deps, call }));
    await app.register(async (rpc) => registerRpc(rpc, { ...deps, call }));
  };
}
