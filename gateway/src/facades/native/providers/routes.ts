// Providers: listed, made, changed, checked, deleted.

import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { actorOf } from "../../../core/access/principal.ts";
import type { Provider } from "../../../core/providers/provider.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { Providers } from "../../../services/providers.ts";
import { accountFor, operators, seesSecrets } from "../auth.ts";
import { commonErrors, problem } from "../schema.ts";
import { presentHealth, presentProvider, presentUpstreamSender } from "./present.ts";
import * as schema from "./schema.ts";
import { changeOf, draftOf } from "./settings.ts";

export interface ProviderRoutesDeps {
  readonly providers: Providers;
  readonly authenticator: Authenticator;
}

const tags = ["providers"];

export function registerProviderRoutes(app: FastifyInstance, deps: ProviderRoutesDeps): void {
  registerReading(app, deps);
  registerWriting(app, deps);
  registerChecking(app, deps);
}

function registerReading(app: FastifyInstance, { providers, authenticator }: ProviderRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    "/providers",
    {
      schema: {
        tags,
        summary: "The account's providers",
        querystring: schema.providerQuery,
        response: { 200: schema.providersReply, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.query.account);
      const all = await providers.list(accountSid);
      const health = await providers.healthOf(
        accountSid,
        all.map(({ id }) => id),
      );
      const visible = { withSecrets: seesSecrets(request.principal) };
      return { providers: all.map((provider) => presentProvider(provider, health.get(provider.id), visible)) };
    },
  );
  routes.get(
    "/providers/:id",
    {
      schema: {
        tags,
        summary: "One provider",
        params: schema.providerParams,
        querystring: schema.providerQuery,
        response: { 200: schema.provider, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.query.account);
      return present(providers, request, await providers.get(accountSid, request.params.id));
    },
  );
  routes.get(
    "/providers/:id/upstream-senders",
    {
      schema: {
        tags,
        summary: "What the provider's upstream account has to send from, as of the last check",
        params: schema.providerParams,
        querystring: schema.providerQuery,
        response: { 200: schema.upstreamSendersReply, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.query.account);
      const { id } = await providers.get(accountSid, request.params.id);
      return { senders: (await providers.upstreamSendersOf(accountSid, id)).map(presentUpstreamSender) };
    },
  );
}

async function present(providers: Providers, { principal }: FastifyRequest, provider: Provider) {
  const health = await providers.healthOf(provider.accountSid, [provider.id]);
  return presentProvider(provider, health.get(provider.id), { withSecrets: seesSecrets(principal) });
}

function registerWriting(app: FastifyInstance, { providers, authenticator }: ProviderRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.post(
    "/providers",
    {
      config: { roles: operators },
      schema: {
        tags,
        summary: "Make a provider",
        description:
          "It sends once it is in the account's fallback chain. Its credentials are checked against the upstream, and the upstream's numbers become senders of the account.",
        body: schema.newProvider,
        response: { 201: schema.provider, ...commonErrors },
      },
    },
    async (request, reply) => {
      const { body, principal } = request;
      const accountSid = await accountFor(authenticator, request, body.account);
      const { check, chain } = body;
      const options = { check, ...(chain === undefined ? {} : { chain }) };
      const made = await providers.create(accountSid, actorOf(principal), draftOf(body), options);
      return reply.code(201).send(await present(providers, request, made));
    },
  );
  routes.patch(
    "/providers/:id",
    {
      config: { roles: operators },
      schema: {
        tags,
        summary: "Change a provider",
        params: schema.providerParams,
        querystring: schema.providerQuery,
        body: schema.providerChange,
        response: { 200: schema.provider, ...commonErrors },
      },
    },
    async (request) => {
      const { body, principal, params } = request;
      const accountSid = await accountFor(authenticator, request, request.query.account);
      const decide = ({ config }: Provider) => changeOf(config, body);
      const { check } = body;
      const changed = await providers.change(accountSid, actorOf(principal), params.id, decide, { check });
      return present(providers, request, changed);
    },
  );
  routes.delete(
    "/providers/:id",
    {
      config: { roles: operators },
      schema: {
        tags,
        summary: "Delete a provider",
        description:
          "It leaves the fallback chain. Its senders go to another provider that has them, or are deleted with it. Delivery reports on what it has taken still count for 36 hours.",
        params: schema.providerParams,
        querystring: schema.providerQuery,
        response: {
          204: schema.nothing,
          409: problem("The built-in sandbox cannot be deleted."),
          ...commonErrors,
        },
      },
    },
    async (request, reply) => {
      const accountSid = await accountFor(authenticator, request, request.query.account);
      await providers.remove(accountSid, actorOf(request.principal), request.params.id);
      return reply.code(204).send(null);
    },
  );
}

function registerChecking(app: FastifyInstance, { providers, authenticator }: ProviderRoutesDeps): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    "/providers/:id/check",
    {
      config: { roles: operators },
      schema: {
        tags,
        summary: "Check a provider's credentials now, and synchronise its upstream's senders",
        params: schema.providerParams,
        querystring: schema.providerQuery,
        response: { 200: schema.healthReply, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.query.account);
      return presentHealth(await providers.check(accountSid, request.params.id));
    },
  );
}
