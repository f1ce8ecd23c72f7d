// Uses an invitation's link: whoever comes sets a password, or proves who they are by the one that they have. It takes one
// scrypt either way, and a wrong password counts as a failed sign-in of that address.

import { hashPassword, verifyPassword } from "../../core/credentials/password.ts";
import { GatewayError } from "../../core/errors.ts";
import { newUuid, type Uuid } from "../../core/ids.ts";
import { installationSid, writeAudit } from "../../store/audit.ts";
import type { Queryable } from "../../store/database.ts";
import { type Invitation, takeInvitation } from "../../store/invitations.ts";
import { lockGrant, putGrant } from "../../store/user-grants.ts";
import {
  findUserByEmail,
  insertUser,
  lockAdministrators,
  lockUser,
  setUserPassword,
  type UserWithPassword,
  updateUser,
} from "../../store/users.ts";
import { linkEnded, openInvitation } from "./invitations.ts";
import { demandGoodPassword, type PeopleDeps, signOutEverywhere } from "./people-deps.ts";

export interface Acceptance {
  readonly token: string;
  readonly name: string;
  readonly password: string;
}

/**
 * Rejects with `not-found` (the link), `invalid-parameter` (the password is too short, or not the one that they have),
 * `forbidden` (they are disabled), `conflict` (done twice at once; once more works) or `rate-limited`.
 */
export async function acceptInvitation(deps: PeopleDeps, given: Acceptance, remoteAddress: string): Promise<void> {
  const invitation = await openInvitation(deps, given.token, remoteAddress);
  if (invitation.purpose === "password") return await setPassword(deps, invitation, given);
  const known = await findUserByEmail(deps.db, invitation.email);
  const proof = known === null ? await fresh(given.password) : await prove(deps, known, given.password, remoteAddress);
  await deps.db.transaction(async (tx) => {
    if (invitation.purpose === "administrator") await lockAdministrators(tx);
    // The person before the link, as whoever deletes them does.
    const user = await theUser(tx, { known, proof, email: invitation.email, name: given.name });
    const taken = await takeInvitation(tx, given.token, new Date(deps.clock.nowMs()));
    if (taken === null) throw linkEnded();
    await letIn(tx, taken, user);
  });
}

async function fresh(password: string): Promise<string> {
  demandGoodPassword(password);
  return await hashPassword(password);
}

/** The hash that the password was right for. */
async function prove(
  { signIn }: PeopleDeps,
  { email, passwordHash }: UserWithPassword,
  password: string,
  remoteAddress: string,
): Promise<string> {
  const right = await signIn.attempt(email, remoteAddress, async () =>
    (await verifyPassword(password, passwordHash)) ? passwordHash : null,
  );
  if (right !== null) return right;
  demandGoodPassword(password);
  const message = "This e-mail address has a password at this gateway already, and it is another one. Give that one.";
  throw new GatewayError("invalid-parameter", message);
}

interface Comer {
  readonly known: UserWithPassword | null;
  readonly proof: string;
  readonly email: string;
  readonly name: string;
}

/** Locked. Made now, if there is nobody of that address. */
async function theUser(tx: Queryable, { known, proof, email, name }: Comer): Promise<UserWithPassword> {
  const id = known?.id ?? newUuid();
  if (known === null) {
    const isNew = await insertUser(tx, { id, email, name, administrator: false, passwordHash: proof });
    if (!isNew) throw again();
    await auditSelf(tx, id, {
      accountSid: installationSid,
      action: "user.created",
      before: null,
      after: { email, name },
    });
  }
  const user = await lockUser(tx, id);
  if (user === null || user.passwordHash !== proof) throw again();
  if (user.disabledAt !== null) {
    throw new GatewayError("forbidden", "Your access to this gateway is disabled. Ask one of its administrators.");
  }
  return user;
}

async function letIn(tx: Queryable, { accountSid, purpose, role }: Invitation, user: UserWithPassword): Promise<void> {
  if (purpose === "access") {
    const held = await lockGrant(tx, accountSid, user.id);
    await putGrant(tx, accountSid, user.id, role);
    const before = held === null ? null : { role: held };
    return await auditSelf(tx, user.id, { accountSid, action: "user.joined", before, after: { role } });
  }
  await updateUser(tx, { ...user, administrator: true });
  const entry = { accountSid: installationSid, action: "user.updated" };
  await auditSelf(tx, user.id, {
    ...entry,
    before: { administrator: user.administrator },
    after: { administrator: true },
  });
}

async function setPassword({ db, clock }: PeopleDeps, { userId }: Invitation, given: Acceptance): Promise<void> {
  const passwordHash = await fresh(given.password);
  await db.transaction(async (tx) => {
    const user = userId === null ? null : await lockUser(tx, userId);
    const taken = await takeInvitation(tx, given.token, new Date(clock.nowMs()));
    if (user === null || taken === null) throw linkEnded();
    await setUserPassword(tx, user.id, passwordHash);
    await signOutEverywhere(tx, user.id);
    const entry = { accountSid: installationSid, action: "user.password-changed", before: null, after: null };
    await auditSelf(tx, user.id, entry);
  });
}

function auditSelf(
  tx: Queryable,
  userId: Uuid,
  entry: Omit<Parameters<typeof writeAudit>[1], "actor" | "subject">,
): Promise<void> {
  return writeAudit(tx, { ...entry, actor: `user ${userId}`, subject: userId });
}

function again(): GatewayError {
  return new GatewayError("conflict", "Something changed meanwhile. Try once more.");
}
