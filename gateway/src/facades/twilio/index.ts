// The Twilio facade as a Fastify plugin: v2010 (messages) and the product APIs (messaging services), on one origin. What
// they share is in api.ts; each folder is one resource.

import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import type { Acceptance } from "../../services/acceptance.ts";
import type { Authenticator } from "../../services/authenticator.ts";
import type { GeoPermissions } from "../../services/geo-permissions.ts";
import { createSignedRequestVerifier } from "../../services/signed-requests.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { registerAccountRoutes } from "./accounts/routes.ts";
import { createApi } from "./api.ts";
import { registerApplicationRoutes } from "./applications/routes.ts";
import { registerAvailableNumberRoutes } from "./available-numbers/routes.ts";
import { createConcurrency } from "./concurrency.ts";
import { registerFeedbackRoutes } from "./feedback/routes.ts";
import { registerKeyRoutes } from "./keys/routes.ts";
import { registerMediaRoutes } from "./media/routes.ts";
import { registerMessageRoutes } from "./messages/routes.ts";
import { registerNumberRoutes } from "./numbers/routes.ts";
import { oauthApi, registerTokenRoutes } from "./oauth/routes.ts";
import { productApi, registerProductRoutes } from "./products/index.ts";
import { registerShortCodeRoutes } from "./short-codes/routes.ts";
import { v2010 } from "./v2010.ts";

export interface TwilioFacadeDeps {
  readonly db: Database;
  /** For lists that may have to look through many rows. */
  readonly listDb: Queryable;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sealer: Sealer;
  readonly acceptance: Acceptance;
  readonly authenticator: Authenticator;
  readonly geoPermissions: GeoPermissions;
  /** ISO 3166-1 alpha-2; null: numbers need their country. */
  readonly defaultRegion: string | null;
  /** Called after the commit that canceled a message. */
  readonly onCanceled: () => void;
}

/** The plugin, to be registered without a prefix. */
export function createTwilioFacade(deps: TwilioFacadeDeps): (app: FastifyInstance) => Promise<void> {
  return async (facade) => {
    facade.decorateRequest("twilio", null);
    // An account's calls count together, whichever API they are for.
    const shared = {
      ...deps,
      concurrency: createConcurrency(),
      verifySignedRequest: createSignedRequestVerifier(deps),
    };
    const core = createApi(v2010, shared, (app) => {
      registerMessageRoutes(app, deps);
      registerMediaRoutes(app, deps);
      registerFeedbackRoutes(app, deps);
      registerAccountRoutes(app, deps);
      registerKeyRoutes(app, deps);
      registerNumberRoutes(app, deps);
      registerShortCodeRoutes(app, deps);
      registerApplicationRoutes(app, deps);
      registerAvailableNumberRoutes(app);
    });
    const products = createApi(productApi, shared, (app) => registerProductRoutes(app, deps));
    await facade.register(core, { prefix: "/2010-04-01" });
    await facade.register(products, { prefix: "/v1" });
    const oauth = createApi(oauthApi, shared, (app) => registerTokenRoutes(app, deps, 200));
    await facade.register(oauth, { prefix: "/v2" });
  };
}
