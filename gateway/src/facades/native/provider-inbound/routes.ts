// Where messages to an upstream's numbers go: on demand, to this gateway.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { actorOf } from "../../../core/access/principal.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { PointNumbers } from "../../../services/inbound/point-numbers.ts";
import { accountFor, operators } from "../auth.ts";
import { commonErrors } from "../schema.ts";
import * as schema from "./schema.ts";

export interface ProviderInboundDeps {
  readonly authenticator: Authenticator;
  readonly pointNumbers: PointNumbers;
}

export function registerProviderInboundRoutes(app: FastifyInstance, deps: ProviderInboundDeps): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    "/providers/:id/inbound",
    {
      config: { roles: operators },
      schema: {
        tags: ["providers"],
        summary: "Have the numbers of the provider's upstream bring their messages here",
        description:
          "Changes the numbers at the upstream, each by itself: they call this gateway from then on, and nothing that they called before. Never done unless asked for.",
        params: schema.providerParams,
        querystring: schema.providerQuery,
        body: schema.pointBody,
        response: { 200: schema.pointReply, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(deps.authenticator, request, request.query.account);
      const caller = { accountSid, actor: actorOf(request.principal) };
      const { url, numbers } = await deps.pointNumbers.point(caller, request.params.id, request.body?.numbers ?? null);
      return { url, numbers: [...numbers] };
    },
  );
}
