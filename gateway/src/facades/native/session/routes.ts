// Who the caller is and which accounts they reach: the first thing that the dashboard asks. And a person's own password.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { isPerson, type Principal } from "../../../core/access/principal.ts";
import type { Sealer } from "../../../core/credentials/seal.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { SignIn } from "../../../services/oauth/sign-in.ts";
import { changeOwnPassword } from "../../../services/people/own-password.ts";
import { findReachedAccounts } from "../../../services/reached-accounts.ts";
import type { Database } from "../../../store/database.ts";
import { findUserById, type User } from "../../../store/users.ts";
import { accountFor } from "../auth.ts";
import { commonErrors, nothing, problem } from "../schema.ts";
import { presentSession } from "./present.ts";
import * as schema from "./schema.ts";

export interface SessionRoutesDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly authenticator: Authenticator;
  readonly signIn: SignIn;
}

export function registerSessionRoutes(app: FastifyInstance, deps: SessionRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
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
      await accountFor(deps.authenticator, request, request.query.account);
      const { principal } = request;
      const [user, reached] = await Promise.all([userOf(deps, principal), findReachedAccounts(deps, principal)]);
      return presentSession(principal, user, reached);
    },
  );
  routes.put(
    "/session/password",
    {
      config: { aboutPeople: true },
      schema: {
        tags: ["session"],
        summary: "Change one's own password",
        description:
          "For people who have signed in. Ends every sign-in of theirs, this one too: sign in again with the new one.",
        body: schema.passwordBody,
        response: { 204: nothing, 409: problem("It was changed meanwhile."), ...commonErrors },
      },
    },
    async (request, reply) => {
      const { current, new: next } = request.body;
      await changeOwnPassword(deps, request.principal, { current, next, remoteAddress: request.ip });
      return reply.code(204).send(null);
    },
  );
}

async function userOf({ db }: SessionRoutesDeps, principal: Principal): Promise<User | null> {
  if (!isPerson(principal) || principal.credentialId === null) return null;
  return await findUserById(db, principal.credentialId);
}
