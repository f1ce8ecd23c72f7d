// The account's auth tokens: since when there are which, and their rotation, as Twilio's API does it too. For owners only.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { parseAuthorization } from "../../../core/access/authorization.ts";
import type { Sealer } from "../../../core/credentials/seal.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { AccountSid } from "../../../core/ids.ts";
import {
  createSecondaryToken,
  promoteSecondaryToken,
  removeSecondaryToken,
  revealPrimaryToken,
} from "../../../services/auth-tokens.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { findTokenTimes } from "../../../store/auth-tokens.ts";
import type { Database } from "../../../store/database.ts";
import { ownerRoutes } from "../owner-routes.ts";
import { problem } from "../schema.ts";
import { presentSecondary, presentTokens } from "./present.ts";
import * as schema from "./schema.ts";

export interface AuthTokenRoutesDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly authenticator: Authenticator;
}

const path = "/accounts/:sid/auth-tokens";
const params = schema.tokensParams;

export function registerAuthTokenRoutes(app: FastifyInstance, deps: AuthTokenRoutesDeps): void {
  const { read, act, remove } = ownerRoutes(app, { ...deps, tag: "access keys" });
  read(
    path,
    { summary: "Since when the account has its auth tokens; never the tokens", params, reply: schema.tokens },
    ({ actor }) => timesOf(deps, actor.accountSid),
  );
  act(
    `${path}/primary`,
    {
      summary: "Show the primary auth token",
      description: "Each time leaves its trace in the audit log. It is a POST so that nothing fetches it by itself.",
      ...{ params, reply: schema.primaryToken },
    },
    async ({ actor }) => ({ token: await revealPrimaryToken(deps, actor) }),
  );
  act(
    `${path}/secondary`,
    {
      summary: "Make a secondary auth token, which authenticates beside the primary one",
      description: "Callbacks carry the signatures of both from then on. 400 when there is one already.",
      ...{ params, reply: schema.secondaryToken },
    },
    async ({ actor }) => presentSecondary(await createSecondaryToken(deps, actor)),
    201,
  );
  act(
    `${path}/promote`,
    {
      summary: "Put the secondary auth token in the place of the primary one, which ends",
      ...{ params, reply: schema.tokens },
    },
    async ({ actor }) => {
      await promoteSecondaryToken(deps, actor);
      return await timesOf(deps, actor.accountSid);
    },
  );
  remove(
    `${path}/secondary`,
    {
      summary: "Delete the secondary auth token; it ends",
      ...{ params, errors: { 409: problem("It is the token that the caller calls with.") } },
    },
    ({ actor, request }) => removeSecondaryToken(deps, actor, tokenIn(request)),
  );
}

/** The auth token that the caller shows, if it is one. */
function tokenIn({ headers }: FastifyRequest): string | undefined {
  const credential = parseAuthorization(headers.authorization);
  if (credential?.kind === "stranger") return credential.password;
  return credential?.kind === "auth-token" ? credential.token : undefined;
}

async function timesOf({ db }: AuthTokenRoutesDeps, accountSid: AccountSid) {
  const times = await findTokenTimes(db, accountSid);
  if (times === null) throw new GatewayError("not-found", "There is no such account.");
  return presentTokens(times);
}
