// Uses an invitation's link: whoever comes sets a password, or proves who they are by the one that they have. A refused try
// takes one scrypt and is counted either way, for the invited and not for the sign-in, which a link must never shut. A good
// password that is refused tells that the address is known; whoever tries one of an unknown address uses the link up.

import { hashPassword, verifyPassword } from "../../core/credentials/password.ts";
import { GatewayError } from "../../core/errors.ts";
import { newUuid, type Uuid } from "../../core/ids.ts";
import { installationSid, writeAudit } from "../../store/audit.ts";
import type { Queryable } from "../../store/database.ts";
import { endPasswordLinks, type Invitation, takeInvitation } from "../../store/invitations.ts";
import { listGrantedAccounts, lockGrant, putGrant } from "../../store/user-grants.ts";
import {
  findUserByEmail,
  insertUser,
  lockAdministrators,
  lockUser,
  setUserPassword,
  setVouched,
  type UserWithPassword,
  updateUser,
} from "../../store/users.ts";
import { linkEnded, openInvitation } from "./invitations.ts";
import { demandGoodPassword, isGoodPassword, type PeopleDeps, signOutEverywhere } from "./people-deps.ts";

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
  const isNew = await comesAnew(deps.db, known, invitation);
  const who = { invitation, provenBy: isNew ? null : (known?.passwordHash ?? null), remoteAddress };
  const proof = await prove(deps, who, given.password);
  await deps.db.transaction(async (tx) => {
    if (invitation.purpose === "administrator") await lockAdministrators(tx);
    // The person before the link, as whoever deletes them does.
    const user = await theUser(tx, { known, isNew, proof, invitation, name: given.name });
    const taken = await takeInvitation(tx, given.token, new Date(deps.clock.nowMs()));
    if (taken === null) throw linkEnded();
    await letIn(tx, taken, user);
  });
}

async function fresh(password: string): Promise<string> {
  demandGoodPassword(password);
  return await hashPassword(password);
}

/**
 * Sets a password: whoever has none, or whose password proves nothing. That is of an address that only owners let in, when
 * an administrator invites it; and of who has no role left, who could not sign in with it.
 */
async function comesAnew(db: Queryable, known: UserWithPassword | null, { purpose }: Invitation): Promise<boolean> {
  if (known === null) return true;
  if (purpose === "administrator" && !known.isVouched) return true;
  return !known.administrator && (await listGrantedAccounts(db, known.id, 1)).length === 0;
}

interface Prover {
  readonly invitation: Invitation;
  /** Null: by none, they set one. */
  readonly provenBy: string | null;
  readonly remoteAddress: string;
}

/** The hash that the password is right for. */
async function prove({ signIn }: PeopleDeps, who: Prover, password: string): Promise<string> {
  const { invitation, provenBy, remoteAddress } = who;
  // Not the link alone: another one is quickly made, and more guesses with it.
  const subject = `invitation of ${invitation.accountSid} ${invitation.email}`;
  const right = await signIn.attempt(subject, remoteAddress, async () => {
    if (provenBy !== null) return (await verifyPassword(password, provenBy)) ? provenBy : null;
    const passwordHash = await hashPassword(password);
    return isGoodPassword(password) ? passwordHash : null;
  });
  if (right !== null) return right;
  demandGoodPassword(password);
  const message = "This e-mail address has a password at this gateway already, and it is another one. Give that one.";
  throw new GatewayError("invalid-parameter", message);
}

interface Comer {
  readonly known: UserWithPassword | null;
  readonly isNew: boolean;
  readonly proof: string;
  readonly invitation: Invitation;
  readonly name: string;
}

/** Locked. Made now, if there is nobody of that address. */
async function theUser(tx: Queryable, { known, isNew, proof, invitation, name }: Comer): Promise<UserWithPassword> {
  const { email } = invitation;
  const id = known?.id ?? newUuid();
  if (known === null) {
    const isInserted = await insertUser(tx, { id, email, name, administrator: false, passwordHash: proof });
    if (!isInserted) throw again();
    await auditSelf(tx, id, {
      accountSid: installationSid,
      action: "user.created",
      before: null,
      after: { email, name },
    });
  }
  const user = await lockUser(tx, id);
  if (user === null || user.passwordHash !== (known !== null && isNew ? known.passwordHash : proof)) throw again();
  if (user.disabledAt !== null) {
    throw new GatewayError("forbidden", "Your access to this gateway is disabled. Ask one of its administrators.");
  }
  if (known !== null && isNew) {
    if (!(await comesAnew(tx, user, invitation))) throw again();
    await changePassword(tx, user.id, proof);
    // Whoever made the link set it, as far as anybody knows.
    await setVouched(tx, user.id, false);
  }
  return user;
}

async function changePassword(tx: Queryable, id: Uuid, passwordHash: string): Promise<void> {
  await setUserPassword(tx, id, passwordHash);
  await endPasswordLinks(tx, id);
  await signOutEverywhere(tx, id);
  await auditSelf(tx, id, { accountSid: installationSid, action: "user.password-changed", before: null, after: null });
}

async function letIn(tx: Queryable, { accountSid, purpose, role }: Invitation, user: UserWithPassword): Promise<void> {
  if (purpose === "access") {
    const held = await lockGrant(tx, accountSid, user.id);
    await putGrant(tx, accountSid, user.id, role);
    const before = held === null ? null : { role: held };
    return await auditSelf(tx, user.id, { accountSid, action: "user.joined", before, after: { role } });
  }
  await updateUser(tx, { ...user, administrator: true });
  await setVouched(tx, user.id, true);
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
    await changePassword(tx, user.id, passwordHash);
    await setVouched(tx, user.id, true);
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
