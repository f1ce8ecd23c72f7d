// People of an account, and links for them, as the native API shows them.

import type { FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Principal } from "../../../core/access/principal.ts";
import type { MadeInvitation } from "../../../services/people/invitations.ts";
import { isSelf } from "../../../services/people/people-deps.ts";
import type { Member } from "../../../store/user-grants.ts";
import { publicUrlOf } from "../../listener.ts";
import type { link, user } from "./schema.ts";

export function presentMember(member: Member, principal: Principal): z.output<typeof user> {
  const { createdAt, lastSignInAt, expiresAt, ...rest } = member;
  return {
    ...rest,
    isCaller: isSelf(principal, member.id),
    createdAt: createdAt.toISOString(),
    lastSignInAt: lastSignInAt?.toISOString() ?? null,
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}

/** What stands behind `#` reaches no server and no log. */
export function presentLink(request: FastifyRequest, { invitation, token }: MadeInvitation): z.output<typeof link> {
  const { id, email, expiresAt } = invitation;
  return { id, email, link: `${publicUrlOf(request)}/invitation#token=${token}`, expiresAt: expiresAt.toISOString() };
}
