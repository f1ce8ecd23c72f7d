// The PingOne facade as a Fastify plugin: environments with their phone delivery settings, notification settings and policies
// under /v1/environments, and each environment's token endpoint under /{environment}/as.

import type { FastifyInstance, FastifyPluginAsync } from "fastify";
import { GatewayError } from "../../core/errors.ts";
import type { ProviderTestDeps } from "../../services/providers/send-test.ts";
import { authenticate } from "./auth.ts";
import { addBodyParser } from "./body.ts";
import { registerEnvironmentRoutes } from "./environments/routes.ts";
import { sendError } from "./errors.ts";
import { addHeaders } from "./headers.ts";
import { type PolicyDeps, registerPolicyRoutes } from "./notifications-policies/routes.ts";
import { type NotificationSettingsDeps, registerNotificationSettingsRoutes } from "./notifications-settings/routes.ts";
import { type PhoneDeliveryDeps, registerPhoneDeliveryRoutes } from "./phone-delivery-settings/routes.ts";
import { registerSettingTest } from "./phone-delivery-settings/test-route.ts";
import { createTokenRoutes, type TokenDeps } from "./tokens/routes.ts";

export interface PingOneFacadeDeps
  extends TokenDeps,
    PhoneDeliveryDeps,
    ProviderTestDeps,
    Pick<NotificationSettingsDeps, "providers">,
    Pick<PolicyDeps, "providers"> {
  readonly db: PolicyDeps["db"];
}

/** The plugin, to be registered without a prefix. */
export function createPingOneFacade(deps: PingOneFacadeDeps): FastifyPluginAsync {
  const environments: FastifyPluginAsync = async (app) => {
    addHeaders(app);
    addBodyParser(app);
    // Before the body is read, so that a stranger costs little. Which environment it is about is looked at by each route.
    app.addHook("onRequest", async (request) => {
      await authenticate(deps, request);
    });
    app.setErrorHandler((error: unknown, request, reply) => sendError(deps.log, error, request, reply));
    app.setNotFoundHandler((request) => {
      const path = request.url.split("?", 1)[0];
      throw new GatewayError("not-found", `There is nothing at ${request.method} ${path}.`);
    });
    registerEnvironmentRoutes(app, deps);
    registerPhoneDeliveryRoutes(app, deps);
    registerSettingTest(app, deps);
    registerNotificationSettingsRoutes(app, deps);
    registerPolicyRoutes(app, deps);
  };
  return async (app: FastifyInstance) => {
    await app.register(environments, { prefix: "/v1/environments" });
    await app.register(createTokenRoutes(deps));
  };
}
