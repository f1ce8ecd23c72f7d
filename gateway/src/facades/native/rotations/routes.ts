// Rotations of credentials: a provider's and the account's own; started, shown, turned back.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { actorOf } from "../../../core/access/principal.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { Uuid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { Rotations } from "../../../services/rotation/rotations.ts";
import { accountFor, operators } from "../auth.ts";
import { commonErrors, problem } from "../schema.ts";
import { presentRotation } from "./present.ts";
import * as schema from "./schema.ts";

export interface RotationRoutesDeps {
  readonly rotations: Rotations;
  readonly authenticator: Authenticator;
}

const tags = ["rotations"];
const underWay = problem("A rotation of these credentials is under way already.");

export function registerRotationRoutes(app: FastifyInstance, deps: RotationRoutesDeps): void {
  registerOfProviders(app, deps);
  registerOfAccounts(app, deps);
  registerTurning(app, deps);
}

function registerOfProviders(app: FastifyInstance, { rotations, authenticator }: RotationRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const of = { tags, params: schema.providerParams, querystring: schema.query };
  routes.post(
    "/providers/:id/rotate",
    {
      config: { roles: operators },
      schema: {
        ...of,
        summary: "Rotate a provider's credentials",
        description:
          "New credentials are made at the upstream, tried, sent with, and only then do the old ones end. No message fails meanwhile; whatever goes wrong before the old ones end is rolled back.",
        response: { 202: schema.rotation, 409: underWay, ...commonErrors },
      },
    },
    async (request, reply) => {
      const accountSid = await accountFor(authenticator, request, request.query.account);
      const started = await rotations.start(accountSid, actorOf(request.principal), request.params.id);
      return reply.code(202).send(presentRotation(started));
    },
  );
  routes.get(
    "/providers/:id/rotate",
    {
      schema: { ...of, summary: "The provider's latest rotation", response: { 200: schema.rotation, ...commonErrors } },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.query.account);
      const [latest] = await rotations.list(accountSid, request.params.id);
      if (latest === undefined) throw new GatewayError("not-found", "The provider's credentials were never rotated.");
      return presentRotation(latest);
    },
  );
  routes.get(
    "/providers/:id/rotations",
    {
      schema: { ...of, summary: "The provider's rotations", response: { 200: schema.rotationsReply, ...commonErrors } },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.query.account);
      return { rotations: (await rotations.list(accountSid, request.params.id)).map(presentRotation) };
    },
  );
}

function registerOfAccounts(app: FastifyInstance, { rotations, authenticator }: RotationRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.post(
    "/accounts/:sid/rotate",
    {
      config: { roles: ["owner"] },
      schema: {
        tags,
        summary: "Rotate the account's own auth token",
        description: "Both tokens authenticate until the overlap ends; then the new one takes the place of the old.",
        params: schema.accountParams,
        body: schema.ownBody,
        response: { 202: schema.ownReply, 409: underWay, ...commonErrors },
      },
    },
    async (request, reply) => {
      const accountSid = await accountFor(authenticator, request, request.params.sid);
      const { overlapSeconds } = request.body;
      const { rotation, authToken } = await rotations.startOwn(accountSid, actorOf(request.principal), overlapSeconds);
      return reply.code(202).send({ rotation: presentRotation(rotation), authToken });
    },
  );
  routes.get(
    "/accounts/:sid/rotations",
    {
      schema: {
        tags,
        summary: "The rotations of the account's own auth token",
        params: schema.accountParams,
        response: { 200: schema.rotationsReply, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.params.sid);
      return { rotations: (await rotations.list(accountSid, null)).map(presentRotation) };
    },
  );
}

function registerTurning(app: FastifyInstance, { rotations, authenticator }: RotationRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const of = { tags, params: schema.rotationParams, querystring: schema.query };
  routes.get(
    "/rotations/:id",
    { schema: { ...of, summary: "One rotation", response: { 200: schema.rotation, ...commonErrors } } },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.query.account);
      return presentRotation(await rotations.get(accountSid, request.params.id as Uuid));
    },
  );
  const turns = [
    ["roll-back", "Turn a rotation back", "There is no way back any more.", rotations.rollBack],
    ["promote", "End a rotation's overlap now", "It is not in its overlap.", rotations.promoteNow],
    ["abandon", "End a rotation that cannot go on, where it stands", "It is over already.", rotations.abandon],
  ] as const;
  for (const [path, summary, conflict, turn] of turns) {
    routes.post(
      `/rotations/:id/${path}`,
      {
        config: { roles: operators },
        schema: { ...of, summary, response: { 200: schema.rotation, 409: problem(conflict), ...commonErrors } },
      },
      async (request) => {
        const accountSid = await accountFor(authenticator, request, request.query.account);
        const id = request.params.id as Uuid;
        const { providerId } = await rotations.get(accountSid, id);
        if (providerId === null && request.principal.role !== "owner") {
          throw new GatewayError("forbidden", "The account's own token is its owner's: this needs the role owner.");
        }
        const rotation = await turn(accountSid, actorOf(request.principal), id);
        return presentRotation(rotation);
      },
    );
  }
}
