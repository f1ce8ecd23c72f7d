// What happened to an account's messages over time: the figures of the dashboard's overview.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Clock } from "../../../core/clock.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { createStatistics } from "../../../services/statistics.ts";
import type { Queryable } from "../../../store/database.ts";
import { accountFor } from "../auth.ts";
import { commonErrors } from "../schema.ts";
import { presentStatistics } from "./present.ts";
import * as schema from "./schema.ts";

export interface StatisticsRoutesDeps {
  readonly listDb: Queryable;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
}

export function registerStatisticsRoutes(
  app: FastifyInstance,
  { listDb, clock, authenticator }: StatisticsRoutesDeps,
): void {
  const read = createStatistics({ db: listDb, clock });
  app.withTypeProvider<ZodTypeProvider>().get(
    "/statistics",
    {
      schema: {
        tags: ["statistics"],
        summary: "Messages, latency, failures and hand-overs over time, and what waits now",
        querystring: schema.statisticsQuery,
        response: { 200: schema.statisticsReply, ...commonErrors },
      },
    },
    async (request) => {
      const { account, range } = request.query;
      const accountSid = await accountFor(authenticator, request, account);
      return presentStatistics(await read(accountSid, range), range);
    },
  );
}
