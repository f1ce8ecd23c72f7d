// Changing one's own password, which ends every sign-in: also that of whoever else had the old one. A wrong current password
// counts as a failed sign-in.

import { actorOf, type Principal } from "../../core/access/principal.ts";
import { hashPassword, verifyPassword } from "../../core/credentials/password.ts";
import { GatewayError } from "../../core/errors.ts";
import { installationSid, writeAudit } from "../../store/audit.ts";
import { endPasswordLinks } from "../../store/invitations.ts";
import { findUserByEmail, findUserById, lockUser, setUserPassword } from "../../store/users.ts";
import { demandGoodPassword, noSuchPerson, type PeopleDeps, signOutEverywhere } from "./people-deps.ts";

/** Rejects with `forbidden` for what is no person, `invalid-parameter` for a wrong or too short password, `rate-limited`. */
export async function changeOwnPassword(
  { db, signIn }: Pick<PeopleDeps, "db" | "signIn">,
  principal: Principal,
  given: { readonly current: string; readonly next: string; readonly remoteAddress: string },
): Promise<void> {
  const { credential, credentialId } = principal;
  if ((credential !== "user" && credential !== "admin") || credentialId === null) {
    throw new GatewayError("forbidden", "Only people have a password: sign in with e-mail and password.");
  }
  demandGoodPassword(given.next);
  const user = await findUserById(db, credentialId);
  const known = user && (await findUserByEmail(db, user.email));
  if (known === null) throw noSuchPerson();
  const right = await signIn.attempt(known.email, given.remoteAddress, async () =>
    (await verifyPassword(given.current, known.passwordHash)) ? true : null,
  );
  if (right === null) throw new GatewayError("invalid-parameter", "The current password is not right.");
  const passwordHash = await hashPassword(given.next);
  await db.transaction(async (tx) => {
    const locked = await lockUser(tx, known.id);
    if (locked === null || locked.passwordHash !== known.passwordHash) {
      throw new GatewayError("conflict", "The password was changed meanwhile.");
    }
    await setUserPassword(tx, known.id, passwordHash);
    await endPasswordLinks(tx, known.id);
    await signOutEverywhere(tx, known.id);
    const entry = { accountSid: installationSid, actor: actorOf(principal), action: "user.password-changed" };
    await writeAudit(tx, { ...entry, subject: known.id, before: null, after: null });
  });
}
