// Who the caller is and which accounts they reach: the first thing that the dashboard asks.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Principal } from "../../../core/access/principal.ts";
import type { Sealer } from "../../../core/credentials/seal.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { findReachedAccounts } from "../../../services/reached-accounts.ts";
import { findAdminById } from "../../../store/credentials.ts";
import type { Database } from "../../../store/database.ts";
import { accountFor } from "../auth.ts";
import { commonErrors } from "../schema.ts";
import { presentSession } from "./present.ts";
import * as schema from "./schema.ts";

export interface SessionRoutesDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly authenticator: Authenticator;
}

export function registerSessionRoutes(app: FastifyInstance, deps: SessionRoutesDeps): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    "/session",
    {
      schema: {
        tags: ["session"],
        summary: "Who the caller is, and which accounts they reach",
        querystring: schema.sessionQuery,
        response: { 200: schema.sessionReply, ...commonErrors },
      },
    },
    async (request) => {
      const { principal } = request;
      await accountFor(deps.authenticator, request, request.query.account);
      const [name, reached] = await Promise.all([nameOf(deps, principal), findReachedAccounts(deps, principal)]);
      return presentSession(principal, name, reached);
    },
  );
}

async function nameOf({ db }: SessionRoutesDeps, { credential, credentialId }: Principal): Promise<string | null> {
  if (credential !== "admin" || credentialId === null) return null;
  return (await findAdminById(db, credentialId))?.email ?? null;
}
