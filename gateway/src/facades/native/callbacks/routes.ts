// The account's callbacks: listed, shown with what they send, replayed.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Clock } from "../../../core/clock.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { Uuid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { replay } from "../../../services/replay-callback.ts";
import { findCallback, listAccountCallbacks } from "../../../store/callback-lists.ts";
import type { Database, Queryable } from "../../../store/database.ts";
import { accountFor, operators } from "../auth.ts";
import { commonErrors, problem } from "../schema.ts";
import { presentCallback, presentDetail } from "./present.ts";
import * as schema from "./schema.ts";

export interface CallbackRoutesDeps {
  readonly db: Database;
  readonly listDb: Queryable;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
  /** Called after the commit that made a callback due. */
  readonly wakeCallbacks: () => void;
}

const tags = ["callbacks"];

export function registerCallbackRoutes(app: FastifyInstance, deps: CallbackRoutesDeps): void {
  const { db, listDb, authenticator } = deps;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    "/callbacks",
    {
      schema: {
        ...{ tags, summary: "Callbacks, newest first", querystring: schema.callbacksQuery },
        response: { 200: schema.callbacksReply, ...commonErrors },
      },
    },
    async (request) => {
      const { account, before, ...filter } = request.query;
      const accountSid = await accountFor(authenticator, request, account);
      const page = await listAccountCallbacks(listDb, accountSid, { ...filter, before: before as Uuid | undefined });
      return { callbacks: page.items.map(presentCallback), next: page.next };
    },
  );
  const one = { tags, params: schema.callbackParams, querystring: schema.callbackQuery };
  routes.get(
    "/callbacks/:id",
    {
      schema: { ...one, summary: "One callback", response: { 200: schema.callback, ...commonErrors } },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.query.account);
      const found = await findCallback(db, accountSid, request.params.id as Uuid);
      if (found === null) throw new GatewayError("not-found", `The account has no callback ${request.params.id}.`);
      return presentDetail(found);
    },
  );
  routes.post(
    "/callbacks/:id/replay",
    {
      config: { roles: operators },
      schema: {
        ...{ ...one, summary: "Send a finished callback again, with the idempotency token that it had" },
        response: { 200: schema.callback, 409: problem("It is still being delivered."), ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.query.account);
      const { principal, params } = request;
      return presentDetail(await replay(deps, { accountSid, principal, id: params.id as Uuid }));
    },
  );
}
