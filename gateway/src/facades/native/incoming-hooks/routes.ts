// Incoming hooks of an account: the addresses at which identity platforms hand their messages over.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { actorOf } from "../../../core/access/principal.ts";
import type { Uuid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { IncomingHooks } from "../../../services/incoming-hooks.ts";
import { publicUrlOf } from "../../listener.ts";
import { accountFor, actorFor, operators } from "../auth.ts";
import { commonErrors, nothing } from "../schema.ts";
import { presentHook } from "./present.ts";
import * as schema from "./schema.ts";

export interface IncomingHookRoutesDeps {
  readonly authenticator: Authenticator;
  readonly incomingHooks: IncomingHooks;
}

const tags = ["incoming hooks"];
const config = { roles: operators };
const all = "/accounts/:sid/incoming-hooks";
const one = `${all}/:id`;

export function registerIncomingHookRoutes(app: FastifyInstance, deps: IncomingHookRoutesDeps): void {
  registerReading(app, deps);
  registerWriting(app, deps);
}

function registerReading(app: FastifyInstance, { authenticator, incomingHooks }: IncomingHookRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    all,
    {
      config,
      schema: {
        tags,
        summary: "The account's incoming hooks",
        params: schema.hooksParams,
        response: { 200: schema.hooksReply, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.params.sid);
      const hooks = await incomingHooks.list(accountSid);
      return { hooks: hooks.map((hook) => presentHook(hook, publicUrlOf(request))) };
    },
  );
  routes.get(
    one,
    {
      config,
      schema: {
        tags,
        summary: "One incoming hook",
        params: schema.hookParams,
        response: { 200: schema.hook, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.params.sid);
      return presentHook(await incomingHooks.get(accountSid, request.params.id as Uuid), publicUrlOf(request));
    },
  );
}

function registerWriting(app: FastifyInstance, { authenticator, incomingHooks }: IncomingHookRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.post(
    all,
    {
      config,
      schema: {
        tags,
        summary: "Make an incoming hook",
        description: "Its URL is the endpoint of the platform's HTTP SMS provider, whose signing key it is then given.",
        params: schema.hooksParams,
        body: schema.newHook,
        response: { 201: schema.hook, ...commonErrors },
      },
    },
    async (request, reply) => {
      const { platform, ...settings } = request.body;
      const actor = await actorOn(authenticator, request);
      const made = await incomingHooks.create(actor, platform, settings);
      return reply.code(201).send(presentHook(made, publicUrlOf(request)));
    },
  );
  routes.patch(
    one,
    {
      config,
      schema: {
        tags,
        summary: "Change an incoming hook",
        params: schema.hookParams,
        body: schema.hookChanges,
        response: { 200: schema.hook, ...commonErrors },
      },
    },
    async (request) => {
      const actor = await actorOn(authenticator, request);
      const changed = await incomingHooks.change(actor, request.params.id as Uuid, request.body);
      return presentHook(changed, publicUrlOf(request));
    },
  );
  routes.delete(
    one,
    {
      config,
      schema: {
        tags,
        summary: "Delete an incoming hook",
        params: schema.hookParams,
        response: { 204: nothing, ...commonErrors },
      },
    },
    async (request, reply) => {
      await incomingHooks.remove(await actorOn(authenticator, request), request.params.id as Uuid);
      return reply.code(204).send(null);
    },
  );
}

async function actorOn(
  authenticator: Authenticator,
  request: Parameters<typeof actorFor>[1] & { readonly params: { readonly sid: string } },
) {
  const { principal, accountSid } = await actorFor(authenticator, request, request.params.sid);
  return { accountSid, actor: actorOf(principal) };
}
