// How long an account's messages, texts and events are kept.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { type RetentionLimits, type RetentionSettings, retentionKinds } from "../../../core/retention/limits.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { changeRetention } from "../../../services/retention/change-retention.ts";
import type { Database } from "../../../store/database.ts";
import { findRetentionSettings } from "../../../store/retention.ts";
import { accountFor } from "../auth.ts";
import { commonErrors } from "../schema.ts";
import { presentRetention } from "./present.ts";
import * as schema from "./schema.ts";

export interface RetentionRoutesDeps {
  readonly config: { readonly retention: RetentionLimits };
  readonly db: Database;
  readonly authenticator: Authenticator;
  /** To be told of a change, after its commit. */
  readonly onRetentionChanged: () => void;
}

export function registerRetentionRoutes(app: FastifyInstance, deps: RetentionRoutesDeps): void {
  const { config, db, authenticator } = deps;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const shared = { tags: ["retention"], params: schema.retentionParams };
  const response = { 200: schema.retentionReply, ...commonErrors };
  routes.get(
    "/accounts/:sid/retention",
    { schema: { ...shared, summary: "How long messages, texts and events are kept", response } },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.params.sid);
      return presentRetention(config.retention, await findRetentionSettings(db, accountSid));
    },
  );
  routes.put(
    "/accounts/:sid/retention",
    {
      config: { roles: ["owner"] },
      schema: {
        ...shared,
        summary: "Say how long messages, texts and events are kept; what is left out is as the installation says",
        body: schema.retentionBody,
        response,
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.params.sid);
      const given = retentionKinds.flatMap((kind) => {
        const days = request.body[kind];
        return days === undefined ? [] : [[kind, days] as const];
      });
      const settings: RetentionSettings = Object.fromEntries(given);
      await changeRetention(db, { accountSid, principal: request.principal }, settings);
      deps.onRetentionChanged();
      return presentRetention(config.retention, settings);
    },
  );
}
