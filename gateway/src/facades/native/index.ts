// The native facade: /trunkline/v1 (what the dashboard and the command line use), its description (/openapi.json,
// /docs), health and metrics, and the dashboard. Answers are validated by the schemas that describe them.

import type { FastifyInstance, FastifyPluginAsync } from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import packageJson from "../../../package.json" with { type: "json" };
import type { Clock } from "../../core/clock.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { GatewayError } from "../../core/errors.ts";
import type { RetentionLimits } from "../../core/retention/limits.ts";
import type { Health } from "../../observe/health.ts";
import type { Metrics } from "../../observe/metrics.ts";
import type { Acceptance } from "../../services/acceptance.ts";
import type { Authenticator } from "../../services/authenticator.ts";
import type { ProviderStates } from "../../services/dispatch/provider-states.ts";
import type { GeoPermissions } from "../../services/geo-permissions.ts";
import type { PointNumbers } from "../../services/inbound/point-numbers.ts";
import type { IncomingHooks } from "../../services/incoming-hooks.ts";
import type { SignIn } from "../../services/oauth/sign-in.ts";
import type { Providers } from "../../services/providers.ts";
import type { Rotations } from "../../services/rotation/rotations.ts";
import type { SandboxFaults } from "../../services/sandbox/faults.ts";
import type { SandboxHandsets } from "../../services/sandbox/handsets.ts";
import type { Welcome } from "../../services/welcome.ts";
import type { Database, Queryable } from "../../store/database.ts";
import type { OpenapiPart } from "../openapi-part.ts";
import { registerAccessKeyRoutes } from "./access-keys/routes.ts";
import { registerAccountRoutes } from "./accounts/routes.ts";
import { registerAllowanceRoutes } from "./allowances/routes.ts";
import { registerApiKeyRoutes } from "./api-keys/routes.ts";
import { registerAuditRoutes } from "./audit/routes.ts";
import { requirePrincipal } from "./auth.ts";
import { registerAuthTokenRoutes } from "./auth-tokens/routes.ts";
import { registerCallbackRoutes } from "./callbacks/routes.ts";
import { registerConsentRoutes } from "./consents/routes.ts";
import { registerContactRoutes } from "./contacts/routes.ts";
import { loadDashboard } from "./dashboard/files.ts";
import { registerDashboard } from "./dashboard/routes.ts";
import { registerDocs, registerStartPage } from "./docs/routes.ts";
import { registerEndpointKeyRoutes } from "./endpoint-keys/routes.ts";
import { sendError } from "./errors.ts";
import { registerEventRoutes } from "./events/routes.ts";
import { createEventTail } from "./events/tail.ts";
import { registerIncomingHookRoutes } from "./incoming-hooks/routes.ts";
import { registerInvitationRoutes } from "./invitations/routes.ts";
import { registerKeyListRoutes } from "./keys/routes.ts";
import { registerKeywordRoutes } from "./keywords/routes.ts";
import { registerMessageRoutes } from "./messages/routes.ts";
import { registerSendingRoutes } from "./messages/sending-routes.ts";
import { registerOauthClientRoutes } from "./oauth-clients/routes.ts";
import { registerOpenapi } from "./openapi.ts";
import { registerOperationsRoutes } from "./operations/routes.ts";
import { registerPeopleRoutes } from "./people/routes.ts";
import { registerPersonalAccessTokenRoutes } from "./personal-access-tokens/routes.ts";
import { registerProtectionRoutes } from "./protection/routes.ts";
import { registerProviderInboundRoutes } from "./provider-inbound/routes.ts";
import { registerProviderStateRoutes } from "./provider-states/routes.ts";
import { registerProviderRoutes } from "./providers/routes.ts";
import { registerProviderTest } from "./providers/test-route.ts";
import { registerRetentionRoutes } from "./retention/routes.ts";
import { registerRotationRoutes } from "./rotations/routes.ts";
import { registerSandboxRoutes } from "./sandbox/routes.ts";
import { registerSandboxLoadRoutes } from "./sandbox-load/routes.ts";
import { registerSenderRoutes } from "./senders/routes.ts";
import { registerServiceAccountRoutes } from "./service-accounts/routes.ts";
import { registerSessionRoutes } from "./session/routes.ts";
import { registerSignatureRoutes } from "./signatures/routes.ts";
import { registerStatisticsRoutes } from "./statistics/routes.ts";
import { registerUserRoutes } from "./users/routes.ts";
import { registerWelcome } from "./welcome/routes.ts";

export interface NativeFacadeDeps {
  readonly config: { readonly roles: { readonly api: boolean }; readonly retention: RetentionLimits };
  readonly db: Database;
  /** For lists that may have to look through many rows. */
  readonly listDb: Queryable;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly authenticator: Authenticator;
  readonly acceptance: Acceptance;
  readonly providers: Providers;
  readonly providerStates: Pick<ProviderStates, "states">;
  readonly rotations: Rotations;
  readonly faults: SandboxFaults;
  readonly handsets: SandboxHandsets;
  readonly intake: { readonly pointNumbers: PointNumbers };
  readonly incomingHooks: IncomingHooks;
  readonly geoPermissions: GeoPermissions;
  readonly signIn: SignIn;
  readonly welcome: Welcome;
  /** Where the built dashboard is; need not exist. */
  readonly dashboardDir: string;
  /** To be told of callbacks that are due, after their commit. */
  readonly wakeCallbacks: () => void;
  /** To be told of canceled messages, after their commit. */
  readonly onCanceled: () => void;
  /** To be told that an account keeps things for another time than before, after the commit. */
  readonly onRetentionChanged: () => void;
  readonly health: Health;
  readonly metrics: Metrics;
  /** What other facades have in the description. */
  readonly others: OpenapiPart;
}

const nativePrefix = "/trunkline/v1";

/** Registers the facade; routes exist once the listener is ready. A process that only dispatches has health and metrics. */
export async function registerNativeFacade(app: FastifyInstance, deps: NativeFacadeDeps): Promise<void> {
  const facade: FastifyPluginAsync = async (native) => {
    native.setValidatorCompiler(validatorCompiler);
    native.setSerializerCompiler(serializerCompiler);
    native.setErrorHandler((error: unknown, request, reply) => sendError(deps.log, error, request, reply));
    registerOperationsRoutes(native, deps);
    if (!deps.config.roles.api) return;
    await registerOpenapi(native, packageJson.version, deps.others);
    registerDocs(native, deps.others);
    const dashboard = await loadDashboard(deps.dashboardDir);
    if (dashboard === null) registerStartPage(native, packageJson.version);
    else registerDashboard(native, dashboard);
    registerWelcome(native, `${nativePrefix}/welcome`, deps.welcome);
    registerInvitationRoutes(native, `${nativePrefix}/invitations`, deps);
    await native.register(apiWith(deps), { prefix: nativePrefix });
  };
  await app.register(facade);
}

function apiWith(deps: NativeFacadeDeps): FastifyPluginAsync {
  return async (api) => {
    requirePrincipal(api, deps.authenticator);
    api.setNotFoundHandler((request) => {
      const path = request.url.split("?", 1)[0];
      throw new GatewayError("not-found", `There is nothing at ${request.method} ${path}; see /docs.`);
    });
    registerMessageRoutes(api, deps);
    registerSendingRoutes(api, deps);
    registerEventRoutes(api, { ...deps, tail: createEventTail(deps) });
    registerAccountRoutes(api, deps);
    registerProviderRoutes(api, deps);
    registerProviderTest(api, deps);
    registerProviderStateRoutes(api, deps);
    registerIncomingHookRoutes(api, deps);
    registerProviderInboundRoutes(api, { ...deps, ...deps.intake });
    registerRotationRoutes(api, deps);
    registerSenderRoutes(api, deps);
    registerAuditRoutes(api, deps);
    registerConsentRoutes(api, deps);
    registerContactRoutes(api, deps);
    registerKeywordRoutes(api, deps);
    registerProtectionRoutes(api, deps);
    registerRetentionRoutes(api, deps);
    registerSandboxRoutes(api, deps);
    registerSandboxLoadRoutes(api, deps);
    registerAllowanceRoutes(api, deps);
    registerCallbackRoutes(api, deps);
    registerSignatureRoutes(api, deps);
    registerStatisticsRoutes(api, deps);
    registerSessionRoutes(api, deps);
    registerUserRoutes(api, deps);
    registerPeopleRoutes(api, deps);
    registerAccessKeyRoutes(api, deps);
    registerApiKeyRoutes(api, deps);
    registerEndpointKeyRoutes(api, deps);
    registerAuthTokenRoutes(api, deps);
    registerKeyListRoutes(api, deps);
    registerOauthClientRoutes(api, deps);
    registerServiceAccountRoutes(api, deps);
    registerPersonalAccessTokenRoutes(api, deps);
  };
}
