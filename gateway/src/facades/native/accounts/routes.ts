// The caller's account and its subaccounts, and the order in which an account's providers are tried.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { actorOf } from "../../../core/access/principal.ts";
import type { Sealer } from "../../../core/credentials/seal.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { AccountSid } from "../../../core/ids.ts";
import { demandSignatures } from "../../../services/account-settings.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { Providers } from "../../../services/providers.ts";
import { findReachedAccounts } from "../../../services/reached-accounts.ts";
import { findAccount } from "../../../store/accounts.ts";
import type { Database } from "../../../store/database.ts";
import { accountFor, operators } from "../auth.ts";
import { commonErrors, problem } from "../schema.ts";
import { presentAccount } from "./present.ts";
import * as schema from "./schema.ts";

export interface AccountRoutesDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly authenticator: Authenticator;
  readonly providers: Providers;
}

export function registerAccountRoutes(app: FastifyInstance, deps: AccountRoutesDeps): void {
  const { authenticator } = deps;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ["accounts"];
  routes.get(
    "/accounts",
    {
      schema: {
        tags,
        summary:
          "The accounts that the credentials reach: their own, its subaccounts for an auth token, all for an administrator",
        response: { 200: schema.accountsReply, ...commonErrors },
      },
    },
    async ({ principal }) => {
      const { accounts } = await findReachedAccounts(deps, principal);
      return { accounts: accounts.map(presentAccount) };
    },
  );
  routes.get(
    "/accounts/:sid",
    {
      schema: {
        tags,
        summary: "One account",
        params: schema.accountParams,
        response: { 200: schema.account, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.params.sid);
      return presentAccount(await accountOf(deps, accountSid));
    },
  );
  routes.patch(
    "/accounts/:sid",
    {
      config: { roles: ["owner"] },
      schema: {
        tags,
        summary: "Change what an account demands of its callers",
        params: schema.accountParams,
        body: schema.accountBody,
        response: { 200: schema.account, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.params.sid);
      const { requireSignedRequests } = request.body;
      if (requireSignedRequests !== undefined) {
        await demandSignatures(deps, { accountSid, principal: request.principal }, requireSignedRequests);
      }
      return presentAccount(await accountOf(deps, accountSid));
    },
  );
  routes.put(
    "/accounts/:sid/fallback-chain",
    {
      config: { roles: operators },
      schema: {
        tags,
        summary: "Say which providers send, and in which order they are tried",
        params: schema.accountParams,
        body: schema.chainBody,
        response: { 200: schema.chainReply, 409: problem("The chain is not the expected one."), ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.params.sid);
      const { providers: asked, expected } = request.body;
      const chain = await deps.providers.setChain(accountSid, actorOf(request.principal), asked, { expected });
      return { providers: chain.filter(({ chainPosition }) => chainPosition !== null).map(({ id }) => id) };
    },
  );
}

async function accountOf({ db, sealer }: AccountRoutesDeps, accountSid: AccountSid) {
  const account = await findAccount(db, sealer, accountSid);
  if (account === null) throw new GatewayError("not-found", `There is no account ${accountSid}.`);
  return account;
}
