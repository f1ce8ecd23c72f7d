// Environments: `GET /v1/environments` and `/{id}`. Clients ask for one after every error, to learn whether it is gone.

import type { FastifyInstance } from "fastify";
import { GatewayError } from "../../../core/errors.ts";
import { findReachedAccounts } from "../../../services/reached-accounts.ts";
import { type AccessDeps, authenticate, type EnvironmentPath, findEnvironment, noPermission, roleIn } from "../auth.ts";
import { presentCollection, registerPath, sendJson } from "../resource.ts";
import { presentEnvironment } from "./present.ts";

export function registerEnvironmentRoutes(app: FastifyInstance, deps: AccessDeps): void {
  registerPath(app, "/", {
    GET: async (request, reply) => {
      const { accounts } = await findReachedAccounts(deps, await authenticate(deps, request));
      const environments = accounts.map((account) => presentEnvironment(request, account));
      return sendJson(reply, presentCollection(request, "environments", environments));
    },
  });
  registerPath(app, "/:environmentId", {
    GET: async (request, reply) => {
      const principal = await authenticate(deps, request);
      const account = await findEnvironment(deps, (request.params as EnvironmentPath).environmentId);
      if (account === null) throw new GatewayError("not-found", "There is no such environment.");
      if ((await roleIn(deps, principal, account)) === null) {
        throw noPermission("The caller has no role in this environment.");
      }
      return sendJson(reply, presentEnvironment(request, account));
    },
  });
}
