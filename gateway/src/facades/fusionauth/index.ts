// The FusionAuth facade as a Fastify plugin: messengers, API keys and the event log under /api. Authentication comes before the
// body; nothing that a client sends may end in a 5xx.

import type { FastifyInstance, FastifyPluginAsync } from "fastify";
import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Authenticator } from "../../services/authenticator.ts";
import type { KeyUses } from "../../services/key-uses.ts";
import type { Providers } from "../../services/providers.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { registerApiKeyRoutes } from "./api-keys/routes.ts";
import { createAuthentication } from "./auth.ts";
import { readBytes } from "./body.ts";
import { sendError } from "./errors.ts";
import { registerEventLogRoutes } from "./event-log/routes.ts";
import { registerMessengerRoutes } from "./messengers/routes.ts";

export interface FusionAuthFacadeDeps {
  readonly db: Database;
  /** For lists that may have to look through many rows. */
  readonly listDb: Queryable;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly authenticator: Authenticator;
  readonly keyUses: Pick<KeyUses, "note">;
  readonly providers: Providers;
  /** ISO 3166-1 alpha-2; null: numbers without a country are American. */
  readonly defaultRegion: string | null;
  readonly tenants: "lenient" | "strict";
}

const usualRegion = "US";
/** Of HTTP itself: others are answered as not implemented, as by FusionAuth. */
const standardMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

/** The plugin, to be registered without a prefix. */
export function createFusionAuthFacade(deps: FusionAuthFacadeDeps): FastifyPluginAsync {
  const authenticate = createAuthentication(deps);
  const api: FastifyPluginAsync = async (app) => {
    app.decorateRequest("fusionAuthCaller", null);
    readBytes(app);
    app.addHook("onRequest", async (request) => {
      const endpoint = request.routeOptions.config.fusionAuthEndpoint;
      if (endpoint !== undefined) request.fusionAuthCaller = await authenticate(request, endpoint);
    });
    app.setErrorHandler((error: unknown, request, reply) => sendError(deps.log, error, request, reply));
    app.setNotFoundHandler((request, reply) => {
      if (!standardMethods.includes(request.method)) return reply.code(501).send();
      throw new GatewayError("not-found", `There is nothing at ${request.method} ${request.url.split("?", 1)[0]}.`);
    });
    registerMessengerRoutes(app, { ...deps, region: deps.defaultRegion ?? usualRegion });
    registerApiKeyRoutes(app, deps);
    registerEventLogRoutes(app, deps);
  };
  return async (app: FastifyInstance) => {
    await app.register(api, { prefix: "/api" });
  };
}
