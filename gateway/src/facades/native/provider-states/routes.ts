// How hand-overs to an account's providers go in the process that answers: breakers, rests, what is under way.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { ProviderStates } from "../../../services/dispatch/provider-states.ts";
import { accountFor } from "../auth.ts";
import { accountQuery, commonErrors } from "../schema.ts";

export interface ProviderStateRoutesDeps {
  readonly providerStates: Pick<ProviderStates, "states">;
  readonly authenticator: Authenticator;
}

const reply = z.object({
  states: z
    .array(
      z
        .object({
          providerId: z.string(),
          state: z
            .enum(["closed", "half-open", "open", "resting"])
            .describe(
              "closed: in use. open: left out after failures. half-open: tried with a few messages. resting: it asked for a rest.",
            ),
          since: z.string().nullable().describe("Since when it has not been well; null while it is."),
          until: z.string().nullable().describe("It is given nothing before then; null: it is given messages now."),
          reason: z.string().nullable(),
          inFlight: z.number().int().describe("Hand-overs under way."),
        })
        .meta({ id: "ProviderDispatchState" }),
    )
    .describe("Of providers that have something under way, or were not well within the last hour."),
});

export function registerProviderStateRoutes(app: FastifyInstance, deps: ProviderStateRoutesDeps): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    "/provider-states",
    {
      schema: {
        tags: ["providers"],
        summary: "How hand-overs to the account's providers go, in the process that answers",
        querystring: z.strictObject(accountQuery),
        response: { 200: reply, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(deps.authenticator, request, request.query.account);
      const own = deps.providerStates.states().filter((state) => state.accountSid === accountSid);
      return {
        states: own.map(({ providerId, state, since, until, reason, inFlight }) => ({
          ...{ providerId, state, reason, inFlight },
          since: since?.toISOString() ?? null,
          until: until?.toISOString() ?? null,
        })),
      };
    },
  );
}
