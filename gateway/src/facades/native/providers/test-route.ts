// Testing a provider: a real message through it alone, and what comes of it within ten seconds.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { GatewayError } from "../../../core/errors.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { type ProviderTestDeps as SendingDeps, sendProviderTest } from "../../../services/providers/send-test.ts";
import type { Providers } from "../../../services/providers.ts";
import { accountFor, operators } from "../auth.ts";
import { invalidFields } from "../errors.ts";
import { commonErrors } from "../schema.ts";
import { presentTest } from "./present.ts";
import * as schema from "./schema.ts";

export interface ProviderTestDeps extends SendingDeps {
  readonly providers: Providers;
  readonly authenticator: Authenticator;
}

const tags = ["providers"];

export function registerProviderTest(app: FastifyInstance, deps: ProviderTestDeps): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    "/providers/:id/test",
    {
      config: { roles: operators },
      schema: {
        tags,
        summary: "Send a test message through this provider alone",
        params: schema.providerParams,
        querystring: schema.providerQuery,
        body: schema.testBody,
        response: { 200: schema.testReply, ...commonErrors },
      },
    },
    async (request) => {
      const startedMs = performance.now();
      const accountSid = await accountFor(deps.authenticator, request, request.query.account);
      const provider = await deps.providers.get(accountSid, request.params.id);
      const { to, from, body } = request.body;
      const test = {
        ...{ to, isCallerGone: () => request.raw.socket.destroyed },
        ...(from === undefined ? {} : { from }),
        ...(body === undefined ? {} : { body }),
      };
      const detail = await sendProviderTest(deps, provider, test).catch(withoutSender);
      return presentTest(detail, performance.now() - startedMs);
    },
  );
}

function withoutSender(error: unknown): never {
  const isAboutSender = error instanceof GatewayError && error.values["parameter"] === "from";
  if (!isAboutSender) throw error;
  throw invalidFields([{ in: "body", field: "from", message: "the provider has no sender: name one" }]);
}
