// Twilio's product APIs (accounts., messaging. and iam.twilio.com), all under /v1 of the gateway's one origin. JSON only,
// no suffix; the account is the caller's; dates are ISO 8601; lists have `meta` with absolute URLs.
//
// To add a resource: a folder beside services/ with
//   routes.ts   `registerThingRoutes(app, deps)`: registerPath(app, "/Things", { GET: list, POST: create }) and
//               registerPath(app, "/Things/:sid", { GET: fetch, POST: update, DELETE: remove }); every other method
//               of these paths is a 405 by itself. A handler asks `callerOf(request)` who calls, `requireRole` for
//               changes, `formOf`/`queryOf` for parameters, throws GatewayErrors (`notFound(request)` for a 404 that
//               names the path), and answers with sendJson, sendPage or sendDeleted.
//   schema.ts   form → domain, with the readers of parameters.ts
//   present.ts  domain → JSON, with iso8601 (../dates.ts) and an absolute `url` on `publicUrlOf(request)` (SDKs follow
//               URLs verbatim: never Twilio's own hosts)
//   operations.ts  what /openapi.json says of it, named in ../openapi/document.ts; a test compares it with the routes
//   routes.test.ts
// and a line in registerProductRoutes. A list reads `readPageRequest(query, "CR")` and asks the store with listPage
// (store/keyset-page.ts). Then test/conformance: shapes (shapes-messaging.test.ts shows how) and the SDK; and a line in
// productRoutes of ../bad-input.test.ts. A path that takes no credentials (a token endpoint) says so in
// openWithoutCredentials below.

import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Clock } from "../../../core/clock.ts";
import type { Sealer } from "../../../core/credentials/seal.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { GeoPermissions } from "../../../services/geo-permissions.ts";
import type { Database } from "../../../store/database.ts";
import type { TwilioApi } from "../call.ts";
import { isTokenRequest, registerTokenRoutes } from "../oauth/routes.ts";
import { registerAuthTokenRoutes } from "./auth-tokens/routes.ts";
import { registerBulkConsentRoutes } from "./bulk-consents/routes.ts";
import { registerBulkContactRoutes } from "./bulk-contacts/routes.ts";
import { registerCredentialRoutes } from "./credentials/routes.ts";
import { registerGeoPermissionRoutes } from "./geo-permissions/routes.ts";
import { registerIamKeyRoutes } from "./keys/routes.ts";
import { registerSafeListRoutes } from "./safe-list/routes.ts";
import { registerServiceSenderRoutes } from "./service-senders/routes.ts";
import { registerServiceRoutes } from "./services/routes.ts";

/** What every path below /v1 has in common. */
export const productApi: TwilioApi = {
  allowedMethods: "GET, POST, PUT, PATCH, DELETE, OPTIONS",
  formatOf: () => "json",
  accountIn: () => "",
  openWithoutCredentials: isTokenRequest,
};

/** What resources may ask for; each names in its own type what it needs of it. */
export interface ProductDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly authenticator: Authenticator;
  readonly geoPermissions: GeoPermissions;
}

export function registerProductRoutes(app: FastifyInstance, deps: ProductDeps): void {
  registerServiceRoutes(app, deps);
  registerServiceSenderRoutes(app, deps);
  registerIamKeyRoutes(app, deps);
  registerTokenRoutes(app, deps, 201);
  registerAuthTokenRoutes(app, deps);
  registerCredentialRoutes(app, deps);
  registerBulkConsentRoutes(app, deps);
  registerBulkContactRoutes(app, deps);
  registerSafeListRoutes(app, deps);
  registerGeoPermissionRoutes(app, deps);
}
