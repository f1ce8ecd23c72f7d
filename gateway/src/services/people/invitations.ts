// Links by which people come: made by an owner or an administrator, shown once, good for a week and for one use, and only while
// whoever made one may. Making one tells nothing of whether the person is known elsewhere; using one up does.

import { actorOf, type Principal, type Role } from "../../core/access/principal.ts";
import { newInvitationToken } from "../../core/credentials/secrets.ts";
import { GatewayError } from "../../core/errors.ts";
import { newUuid, type Uuid } from "../../core/ids.ts";
import { lockAccountRow } from "../../store/accounts.ts";
import { installationSid, writeAudit } from "../../store/audit.ts";
import {
  countOpenInvitations,
  deleteInvitation,
  findInvitation,
  type Invitation,
  lockInvitation,
  type OpenInvitation,
  putInvitation,
} from "../../store/invitations.ts";
import { countGrants, isMember } from "../../store/user-grants.ts";
import { lockAdministrators, lockUser } from "../../store/users.ts";
import { type AccountActor, isSelf, noSuchPerson, type PeopleDeps, personOf } from "./people-deps.ts";

export interface MadeInvitation {
  readonly invitation: Invitation;
  /** For the link. Known to nobody else, now or later. */
  readonly token: string;
}

type Deps = Pick<PeopleDeps, "db" | "clock">;

const lifetimeMs = 7 * 86_400_000;
/** Of an account, with those who are invited. */
export const peopleMax = 500;
/** To be administrators. */
export const administratorsInvitedMax = 50;

/** Ends an earlier link to the same person. Rejects with `conflict` for who has a role already, and when there are too many. */
export function inviteMember(
  { db, clock }: Deps,
  { principal, accountSid }: AccountActor,
  { email, role }: { readonly email: string; readonly role: Role },
): Promise<MadeInvitation> {
  return db.transaction(async (tx) => {
    // One at a time, so that the count holds.
    await lockAccountRow(tx, accountSid);
    if (await isMember(tx, accountSid, email)) {
      throw new GatewayError("conflict", "This person has a role in the account already: change it in the list.");
    }
    const others = { email, now: new Date(clock.nowMs()) };
    const invited = await countOpenInvitations(tx, accountSid, "access", others);
    if ((await countGrants(tx, accountSid)) + invited >= peopleMax) throw tooMany(peopleMax);
    const what = { accountSid, purpose: "access", email, role, userId: null } as const;
    const made = await make({ tx, clock, principal }, what);
    const entry = { accountSid, actor: actorOf(principal), action: "user.invited", subject: made.invitation.id };
    await writeAudit(tx, { ...entry, before: null, after: { email, role } });
    return made;
  });
}

/** Rejects with `conflict` when too many are open. */
export function inviteAdministrator({ db, clock }: Deps, principal: Principal, email: string): Promise<MadeInvitation> {
  return db.transaction(async (tx) => {
    await lockAdministrators(tx);
    const others = { email, now: new Date(clock.nowMs()) };
    const invited = await countOpenInvitations(tx, installationSid, "administrator", others);
    if (invited >= administratorsInvitedMax) throw tooMany(administratorsInvitedMax);
    const what = { accountSid: installationSid, purpose: "administrator", email, role: "owner", userId: null } as const;
    const made = await make({ tx, clock, principal }, what);
    await auditInstallation(tx, principal, "administrator.invited", { subject: made.invitation.id, after: { email } });
    return made;
  });
}

/** A link by which a person sets a new password. Rejects with `not-found`, and with `conflict` for oneself. */
export function makePasswordLink({ db, clock }: Deps, principal: Principal, userId: Uuid): Promise<MadeInvitation> {
  return db.transaction(async (tx) => {
    const user = await lockUser(tx, userId);
    if (user === null) throw noSuchPerson();
    if (isSelf(principal, userId)) {
      throw new GatewayError(
        "conflict",
        "Change your own password with the current one, or ask another administrator.",
      );
    }
    const what = {
      accountSid: installationSid,
      purpose: "password",
      email: user.email,
      role: "viewer",
      userId,
    } as const;
    const made = await make({ tx, clock, principal }, what);
    await auditInstallation(tx, principal, "user.password-link-made", { subject: userId, after: {} });
    return made;
  });
}

/** Rejects with `not-found`. */
export function withdrawAdministrator({ db }: Pick<Deps, "db">, principal: Principal, id: Uuid): Promise<void> {
  return db.transaction(async (tx) => {
    const invitation = await lockInvitation(tx, installationSid, id);
    if (invitation === null || invitation.purpose !== "administrator") throw noSuchPerson();
    await deleteInvitation(tx, installationSid, id);
    const { email } = invitation;
    await auditInstallation(tx, principal, "invitation.deleted", { subject: id, before: { email } });
  });
}

/** What a link is for. Rejects with `not-found`, and with `rate-limited` after too many wrong ones. */
export async function openInvitation(
  { db, clock, signIn }: PeopleDeps,
  token: string,
  remoteAddress: string,
): Promise<OpenInvitation> {
  const found = await signIn.attempt(`invitation ${token.slice(0, 8)}`, remoteAddress, async () => {
    const invitation = await findInvitation(db, token, new Date(clock.nowMs()));
    // Nobody comes to an account that is no more.
    return invitation?.accountStatus === "closed" ? null : invitation;
  });
  if (found === null) throw linkEnded();
  return found;
}

export function linkEnded(): GatewayError {
  return new GatewayError(
    "not-found",
    "This link has been used, has been replaced by a later one, or has run out. Ask whoever sent it for another.",
  );
}

async function make(
  by: {
    readonly tx: Parameters<typeof putInvitation>[0];
    readonly clock: Deps["clock"];
    readonly principal: Principal;
  },
  what: Omit<Invitation, "id" | "madeBy" | "createdAt" | "expiresAt">,
): Promise<MadeInvitation> {
  const token = newInvitationToken();
  const expiresAt = new Date(by.clock.nowMs() + lifetimeMs);
  const invitation = { ...what, id: newUuid(), madeBy: personOf(by.principal), expiresAt };
  return { invitation: await putInvitation(by.tx, invitation, token), token };
}

function auditInstallation(
  tx: Parameters<typeof writeAudit>[0],
  principal: Principal,
  action: string,
  { subject, before = null, after = null }: Partial<Parameters<typeof writeAudit>[1]> & { readonly subject: Uuid },
): Promise<void> {
  return writeAudit(tx, { accountSid: installationSid, actor: actorOf(principal), action, subject, before, after });
}

function tooMany(most: number): GatewayError {
  return new GatewayError(
    "conflict",
    `There are ${most} people and invitations, and may be no more: remove one first.`,
  );
}
