// The hooks facade: what other systems call this gateway with. Each of them has a folder of its own, with its own way to
// prove who is calling; they share the prefix /hooks and the errors.

import type { FastifyInstance, FastifyPluginAsync } from "fastify";
import type { Logger } from "pino";
import type { UpstreamUrls } from "../../core/callbacks/upstream-url.ts";
import { GatewayError } from "../../core/errors.ts";
import type { UpstreamInbound } from "../../services/inbound/upstream-inbound.ts";
import type { CalledProviders } from "../../services/upstream-reports/called-providers.ts";
import type { ReportIntake } from "../../services/upstream-reports/report-intake.ts";
import { sendHookError } from "./errors.ts";
import { type FusionAuthHookDeps, registerFusionAuthHook } from "./fusionauth/routes.ts";
import { type PingOneHookDeps, registerPingOneHook } from "./pingone/routes.ts";
import { registerInboundHook } from "./twilio/inbound-routes.ts";
import { registerStatusHook } from "./twilio/status-routes.ts";
import { registerZitadelHook, type ZitadelHookDeps } from "./zitadel/routes.ts";

export interface HooksFacadeDeps {
  readonly log: Logger;
  readonly calledProviders: CalledProviders;
  readonly upstreamUrls: UpstreamUrls;
  readonly reportIntake: ReportIntake;
  readonly upstreamInbound: UpstreamInbound;
  /** Absent: FusionAuth has no hook here. */
  readonly fusionAuth?: Omit<FusionAuthHookDeps, "calledProviders">;
  /** Absent: PingOne has no hook here. */
  readonly pingOne?: PingOneHookDeps;
  /** Absent: ZITADEL has no hook here. */
  readonly zitadel?: Omit<ZitadelHookDeps, "calledProviders">;
}

/** The plugin, to be registered without a prefix. */
export function createHooksFacade(deps: HooksFacadeDeps): FastifyPluginAsync {
  const hooks: FastifyPluginAsync = async (app) => {
    app.setErrorHandler((error: unknown, request, reply) => sendHookError(deps.log, error, request, reply));
    app.setNotFoundHandler((request) => {
      const path = request.url.split("?", 1)[0];
      throw new GatewayError("not-found", `There is nothing at ${request.method} ${path}.`);
    });
    registerStatusHook(app, deps);
    registerInboundHook(app, deps);
    if (deps.fusionAuth !== undefined) registerFusionAuthHook(app, { ...deps, ...deps.fusionAuth });
    if (deps.pingOne !== undefined) registerPingOneHook(app, deps.pingOne);
    const { zitadel } = deps;
    if (zitadel !== undefined) await app.register(async (own) => registerZitadelHook(own, { ...deps, ...zitadel }));
  };
  return async (app: FastifyInstance) => {
    await app.register(hooks, { prefix: "/hooks" });
  };
}
