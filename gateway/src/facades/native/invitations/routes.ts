// What an invitation's link opens: what it is for, and its one use. Called by people who cannot have signed in yet, so each
// answer goes to whoever has the link, and wrong links are counted.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { acceptInvitation } from "../../../services/people/accept-invitation.ts";
import { openInvitation } from "../../../services/people/invitations.ts";
import type { PeopleDeps } from "../../../services/people/people-deps.ts";
import { commonErrors, nothing, problem } from "../schema.ts";
import * as schema from "./schema.ts";

const tags = ["session"];

/** `path`: below which both are. */
export function registerInvitationRoutes(app: FastifyInstance, path: string, deps: PeopleDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.post(
    `${path}/open`,
    {
      schema: {
        ...{ tags, security: [] },
        summary: "What an invitation's link is for",
        body: schema.openBody,
        response: { 200: schema.invitationReply, ...commonErrors },
      },
    },
    async (request, reply) => {
      const { purpose, email, accountName, role, expiresAt } = await openInvitation(
        deps,
        request.body.token,
        request.ip,
      );
      const about = purpose === "access" ? { accountName, role } : { accountName: null, role: null };
      return reply
        .header("cache-control", "no-store")
        .send({ purpose, email, ...about, expiresAt: expiresAt.toISOString() });
    },
  );
  routes.post(
    `${path}/accept`,
    {
      schema: {
        ...{ tags, security: [] },
        summary: "Use an invitation's link: set a password, or prove oneself by the one that there is",
        body: schema.acceptBody,
        response: { 204: nothing, 409: problem("Something changed meanwhile; try once more."), ...commonErrors },
      },
    },
    async (request, reply) => {
      await acceptInvitation(deps, request.body, request.ip);
      return reply.code(204).send(null);
    },
  );
}
