// All the people of the installation, for administrators: listed, made administrator or not, disabled, deleted, and helped to
// a new password. Who is invited to be an administrator is among them.

import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { z } from "zod";
import type { Principal } from "../../../core/access/principal.ts";
import type { Clock } from "../../../core/clock.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { Uuid } from "../../../core/ids.ts";
import { changeUser, removeUser } from "../../../services/people/administration.ts";
import {
  administratorsInvitedMax,
  inviteAdministrator,
  makePasswordLink,
  withdrawAdministrator,
} from "../../../services/people/invitations.ts";
import { isSelf } from "../../../services/people/people-deps.ts";
import { installationSid } from "../../../store/audit.ts";
import type { Database } from "../../../store/database.ts";
import { listInvitations } from "../../../store/invitations.ts";
import { type ListedUser, listUsers } from "../../../store/users.ts";
import { givenIn } from "../owner-routes.ts";
import { commonErrors, nothing, problem } from "../schema.ts";
import { presentLink } from "../users/present.ts";
import { link } from "../users/schema.ts";
import * as schema from "./schema.ts";

export interface PeopleRoutesDeps {
  readonly db: Database;
  readonly clock: Clock;
}

const tags = ["users"];
const locked = problem("The caller themselves, the last administrator, or nobody vouched for.");

export function registerPeopleRoutes(app: FastifyInstance, deps: PeopleRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  registerList(app, deps);
  routes.patch(
    "/users/:id",
    {
      config: { aboutPeople: true },
      schema: {
        tags,
        summary: "Change a person: administrators only",
        params: schema.personParams,
        body: schema.personChanges,
        response: { 204: nothing, 409: locked, ...commonErrors },
      },
    },
    async (request, reply) => {
      await changeUser(deps, administratorOf(request), request.params.id as Uuid, givenIn(request.body));
      return reply.code(204).send(null);
    },
  );
  routes.delete(
    "/users/:id",
    {
      config: { aboutPeople: true },
      schema: {
        tags,
        summary: "Delete a person, or take an administrator's invitation back: administrators only",
        description: "One of the bootstrap file is made again at the next start, unless taken out of that file.",
        params: schema.personParams,
        response: { 204: nothing, 409: locked, ...commonErrors },
      },
    },
    async (request, reply) => {
      await removePerson(deps, administratorOf(request), request.params.id as Uuid);
      return reply.code(204).send(null);
    },
  );
  routes.post(
    "/users/:id/password-link",
    {
      config: { aboutPeople: true },
      schema: {
        tags,
        summary: "Make a link by which a person sets a new password: administrators only",
        params: schema.personParams,
        response: { 201: link, 409: problem("The caller themselves."), ...commonErrors },
      },
    },
    async (request, reply) => {
      const made = await makePasswordLink(deps, administratorOf(request), request.params.id as Uuid);
      return reply.code(201).header("cache-control", "no-store").send(presentLink(request, made));
    },
  );
}

function registerList(app: FastifyInstance, deps: PeopleRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    "/users",
    {
      schema: {
        tags,
        summary: "Everybody who may sign in, to whichever account: administrators only",
        querystring: schema.peopleQuery,
        response: { 200: schema.peopleReply, ...commonErrors },
      },
    },
    async (request) => {
      const principal = administratorOf(request);
      const { limit, after = null, email } = request.query;
      const query = { after: after as Uuid | null, limit: limit + 1, emailPrefix: email.trim().toLowerCase() };
      const found = await listUsers(deps.db, query);
      const users = found.slice(0, limit).map((user) => presentPerson(user, principal));
      const next = found.length > limit ? (users.at(-1)?.id ?? null) : null;
      const invited =
        after === null
          ? await listInvitations(deps.db, installationSid, "administrator", administratorsInvitedMax)
          : [];
      const invitations = invited.map(({ id, email: to, expiresAt }) => ({
        ...{ id, email: to, expiresAt: expiresAt.toISOString() },
      }));
      return { users, next, invitations };
    },
  );
  routes.post(
    "/users",
    {
      config: { aboutPeople: true },
      schema: {
        tags,
        summary: "Invite somebody to be an administrator: administrators only",
        body: schema.newAdministrator,
        response: { 201: link, 409: problem("Too many are invited."), ...commonErrors },
      },
    },
    async (request, reply) => {
      const made = await inviteAdministrator(deps, administratorOf(request), request.body.email);
      return reply.code(201).header("cache-control", "no-store").send(presentLink(request, made));
    },
  );
}

/** Throws `forbidden`. */
function administratorOf({ principal }: FastifyRequest): Principal {
  if (principal.credential === "admin") return principal;
  throw new GatewayError("forbidden", "This is for administrators who have signed in.");
}

async function removePerson(deps: PeopleRoutesDeps, principal: Principal, id: Uuid): Promise<void> {
  try {
    await removeUser(deps, principal, id);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== "not-found") throw error;
    await withdrawAdministrator(deps, principal, id);
  }
}

function presentPerson(user: ListedUser, principal: Principal): z.output<typeof schema.person> {
  const { id, email, name, administrator, disabledAt, createdAt, lastSignInAt, accounts } = user;
  return {
    ...{ id, email, name, administrator },
    state: disabledAt === null ? "active" : "disabled",
    isCaller: isSelf(principal, id),
    createdAt: createdAt.toISOString(),
    lastSignInAt: lastSignInAt?.toISOString() ?? null,
    accounts: accounts.map(({ accountSid: sid, friendlyName, role }) => ({ sid, friendlyName, role })),
  };
}
