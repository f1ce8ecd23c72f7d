// The people of an account: listed, invited, given another role, removed. For owners only.

import type { FastifyInstance } from "fastify";
import type { Clock } from "../../../core/clock.ts";
import type { Uuid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { inviteMember, peopleMax } from "../../../services/people/invitations.ts";
import { changeMember, removeMember } from "../../../services/people/members.ts";
import type { Database } from "../../../store/database.ts";
import { listMembers } from "../../../store/user-grants.ts";
import { ownerRoutes } from "../owner-routes.ts";
import { problem } from "../schema.ts";
import { presentLink, presentMember } from "./present.ts";
import * as schema from "./schema.ts";

export interface UserRoutesDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
}

const path = "/accounts/:sid/users";

export function registerUserRoutes(app: FastifyInstance, deps: UserRoutesDeps): void {
  const { read, make, change, remove } = ownerRoutes(app, { ...deps, tag: "users" });
  const one = { params: schema.userParams, errors: { 409: problem("It is the caller's own role.") } };
  read(
    path,
    { summary: "The people of the account, and who is invited", params: schema.usersParams, reply: schema.usersReply },
    async ({ actor: { accountSid, principal } }) => {
      const members = await listMembers(deps.db, accountSid, peopleMax);
      return { users: members.map((member) => presentMember(member, principal)) };
    },
  );
  make(
    path,
    {
      summary: "Invite somebody",
      description:
        "Nothing is sent: hand the link over yourself. It is good for a week, and ends an earlier one to the same address.",
      ...{ params: schema.usersParams, body: schema.invitation, reply: schema.link },
      errors: { 409: problem("They have a role in the account already, or there are too many people.") },
    },
    async ({ actor, body, request }) => presentLink(request, await inviteMember(deps, actor, body)),
  );
  change(
    `${path}/:id`,
    {
      summary: "Give a person, or an invitation, another role",
      description: "It counts within a second, for sign-ins and tokens that there are too.",
      ...{ ...one, body: schema.userChanges, reply: schema.user },
    },
    async ({ actor, params, body }) =>
      presentMember(await changeMember(deps, actor, params.id as Uuid, body.role), actor.principal),
  );
  remove(
    `${path}/:id`,
    { summary: "Take a person's role in the account away, or an invitation back", ...one },
    ({ actor, params }) => removeMember(deps, actor, params.id as Uuid),
  );
}
