// The people of an account: who has which role in it, and who is invited. Each change with its audit row in one transaction;
// it counts in every process within a second. Nobody changes or removes their own role: it would be a mistake.

import { actorOf, type Role } from "../../core/access/principal.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Uuid } from "../../core/ids.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Queryable } from "../../store/database.ts";
import { deleteInvitation, endInvitationsBy, lockInvitation, setInvitationRole } from "../../store/invitations.ts";
import { deleteGrant, findMember, findPerson, lockGrant, type Member, putGrant } from "../../store/user-grants.ts";
import { lockUser } from "../../store/users.ts";
import { changeAccess } from "../change-access.ts";
import { type AccountActor, isSelf, noSuchPerson, type PeopleDeps, signOutEverywhere } from "./people-deps.ts";

type Deps = Pick<PeopleDeps, "db" | "authenticator">;

/** `id`: of a person, or of an invitation. Rejects with `not-found`, and with `conflict` for one's own role. */
export function changeMember(deps: Deps, actor: AccountActor, id: Uuid, role: Role): Promise<Member> {
  return changeAccess(deps, actor.accountSid, async (tx) => {
    const { accountSid } = actor;
    const held = await lockGrant(tx, accountSid, id);
    if (held !== null) {
      refuseOwn(actor, id, "change");
      if (held !== role) {
        await putGrant(tx, accountSid, id, role);
        if (role !== "owner") await endInvitationsBy(tx, id, accountSid);
        await audit(tx, actor, "user.role-changed", { subject: id, before: { role: held }, after: { role } });
      }
    } else {
      const invited = await lockAccess(tx, actor, id);
      const before = { email: invited.email, role: invited.role };
      if (invited.role !== role) {
        await setInvitationRole(tx, accountSid, id, role);
        await audit(tx, actor, "invitation.updated", { subject: id, before, after: { ...before, role } });
      }
    }
    const changed = await findMember(tx, accountSid, id);
    if (changed === null) throw noSuchPerson();
    return changed;
  });
}

/** Takes a person's role away, or an invitation back. Rejects with `not-found`, and with `conflict` for one's own role. */
export function removeMember(deps: Deps, actor: AccountActor, id: Uuid): Promise<void> {
  return changeAccess(deps, actor.accountSid, async (tx) => {
    const { accountSid } = actor;
    // The person first, as whoever deletes them does.
    const user = await lockUser(tx, id);
    const held = user && (await lockGrant(tx, accountSid, id));
    if (held !== null) {
      refuseOwn(actor, id, "remove");
      await deleteGrant(tx, accountSid, id);
      await endInvitationsBy(tx, id, accountSid);
      await audit(tx, actor, "user.removed", { subject: id, before: { role: held }, after: null });
      const left = await findPerson(tx, id);
      if (left?.administrator !== true && (left?.grant ?? null) === null) await signOutEverywhere(tx, id);
      return;
    }
    const { email, role } = await lockAccess(tx, actor, id);
    await deleteInvitation(tx, accountSid, id);
    await audit(tx, actor, "invitation.deleted", { subject: id, before: { email, role }, after: null });
  });
}

async function lockAccess(tx: Queryable, { accountSid }: AccountActor, id: Uuid) {
  const invitation = await lockInvitation(tx, accountSid, id);
  if (invitation === null || invitation.purpose !== "access") throw noSuchPerson();
  return invitation;
}

function refuseOwn({ principal }: AccountActor, id: Uuid, what: "change" | "remove"): void {
  if (!isSelf(principal, id)) return;
  const message = `You cannot ${what} your own role: you might lock yourself out. Ask another owner, or use an owner's key.`;
  throw new GatewayError("conflict", message);
}

function audit(
  tx: Queryable,
  { principal, accountSid }: AccountActor,
  action: string,
  entry: Pick<Parameters<typeof writeAudit>[1], "subject" | "before" | "after">,
): Promise<void> {
  return writeAudit(tx, { accountSid, actor: actorOf(principal), action, ...entry });
}
