// Environments: `GET /v1/environments` and `/{id}`. Clients ask for one after every error, to learn whether it is gone.

import type { FastifyInstance } from "fastify";
import { GatewayError } from "../../../core/errors.ts";
import { findAccount, listEveryAccount, listSubaccounts } from "../../../store/accounts.ts";
import {
  type AccessDeps,
  authenticate,
  type EnvironmentPath,
  findEnvironment,
  noPermission,
  reaches,
} from "../auth.ts";
import { presentCollection, registerPath, sendJson } from "../resource.ts";
import { presentEnvironment } from "./present.ts";

const listedMax = 1000;

export function registerEnvironmentRoutes(app: FastifyInstance, deps: AccessDeps): void {
  registerPath(app, "/", {
    GET: async (request, reply) => {
      const accounts = await reachedAccounts(deps, await authenticate(deps, request));
      const environments = accounts.map((account) => presentEnvironment(request, account));
      return sendJson(reply, presentCollection(request, "environments", environments));
    },
  });
  registerPath(app, "/:environmentId", {
    GET: async (request, reply) => {
      const principal = await authenticate(deps, request);
      const account = await findEnvironment(deps, (request.params as EnvironmentPath).environmentId);
      if (account === null) throw new GatewayError("not-found", "There is no such environment.");
      if (!(await reaches(deps, principal, account))) {
        throw noPermission("The caller has no role in this environment.");
      }
      return sendJson(reply, presentEnvironment(request, account));
    },
  });
}

/** The caller's own account and the subaccounts that they reach; an administrator's are all. */
async function reachedAccounts(
  { db, sealer }: AccessDeps,
  { accountSid, credential }: Awaited<ReturnType<typeof authenticate>>,
) {
  if (credential === "admin") return await listEveryAccount(db, sealer, listedMax);
  const own = await findAccount(db, sealer, accountSid);
  const below = credential === "auth-token" ? await listSubaccounts(db, sealer, accountSid) : [];
  return [own, ...below].filter((account) => account !== null);
}
