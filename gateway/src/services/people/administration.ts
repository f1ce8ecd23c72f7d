// All the people of the installation, for its administrators: who is one, who may sign in at all. There is always an
// administrator left who can sign in, and nobody does any of it to themselves.

import { actorOf, type Principal } from "../../core/access/principal.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Uuid } from "../../core/ids.ts";
import { installationSid, writeAudit } from "../../store/audit.ts";
import type { Queryable } from "../../store/database.ts";
import { endInvitationsBy, endPasswordLinks } from "../../store/invitations.ts";
import {
  deleteUser,
  lockAdministrators,
  lockUser,
  type User,
  type UserWithPassword,
  updateUser,
} from "../../store/users.ts";
import { isSelf, noSuchPerson, type PeopleDeps, signOutEverywhere } from "./people-deps.ts";

type Deps = Pick<PeopleDeps, "db" | "clock">;

/** What is absent stays as it is. */
export interface UserChanges {
  readonly name?: string;
  readonly administrator?: boolean;
  readonly disabled?: boolean;
}

/** In every process within a second. Rejects with `not-found`, and with `conflict` for oneself, the last administrator, and whom nobody vouched for. */
export function changeUser({ db, clock }: Deps, principal: Principal, id: Uuid, changes: UserChanges): Promise<void> {
  return db.transaction(async (tx) => {
    const before = await lockOther(tx, principal, id, changes.administrator !== undefined || changes.disabled === true);
    const { name = before.name, administrator = before.administrator, disabled = before.disabledAt !== null } = changes;
    if (administrator && !before.administrator) demandVouched(before);
    if (!administrator || disabled) await demandAnother(tx, before);
    const disabledAt = disabled ? (before.disabledAt ?? new Date(clock.nowMs())) : null;
    await updateUser(tx, { id, name, administrator, disabledAt });
    if (disabled) await signOutEverywhere(tx, id);
    if (disabled || (before.administrator && !administrator)) {
      await endPasswordLinks(tx, id);
      await endInvitationsBy(tx, id, null);
    }
    const after = { ...before, name, administrator, disabledAt };
    await audit(tx, principal, "user.updated", { subject: id, before: shown(before), after: shown(after) });
  });
}

/** Rejects as changeUser. */
export function removeUser({ db }: Pick<Deps, "db">, principal: Principal, id: Uuid): Promise<void> {
  return db.transaction(async (tx) => {
    const before = await lockOther(tx, principal, id, true);
    await demandAnother(tx, before);
    await signOutEverywhere(tx, id);
    await endInvitationsBy(tx, id, null);
    await deleteUser(tx, id);
    await audit(tx, principal, "user.deleted", { subject: id, before: shown(before), after: null });
  });
}

/** `isRisky`: it could lock out whoever does it to themselves. */
async function lockOther(tx: Queryable, principal: Principal, id: Uuid, isRisky: boolean): Promise<UserWithPassword> {
  await lockAdministrators(tx);
  const user = await lockUser(tx, id);
  if (user === null) throw noSuchPerson();
  if (isRisky && isSelf(principal, id)) {
    throw new GatewayError(
      "conflict",
      "You cannot do this to yourself: you might lock yourself out. Ask another administrator.",
    );
  }
  return user;
}

/** Whoever an owner let in may have taken somebody else's address. */
function demandVouched({ isVouched }: UserWithPassword): void {
  if (isVouched) return;
  const message =
    "No administrator has vouched that this e-mail address is theirs. Invite it as an administrator, and send the link there.";
  throw new GatewayError("conflict", message);
}

async function demandAnother(tx: Queryable, { id, administrator, disabledAt }: User): Promise<void> {
  if (!administrator || disabledAt !== null) return;
  const others = (await lockAdministrators(tx)).filter((one) => one !== id);
  if (others.length > 0) return;
  throw new GatewayError("conflict", "This is the last administrator: make somebody else one first.");
}

const shown = ({ email, name, administrator, disabledAt }: User) => ({
  ...{ email, name, administrator, disabled: disabledAt !== null },
});

function audit(
  tx: Queryable,
  principal: Principal,
  action: string,
  entry: Pick<Parameters<typeof writeAudit>[1], "subject" | "before" | "after">,
): Promise<void> {
  return writeAudit(tx, { accountSid: installationSid, actor: actorOf(principal), action, ...entry });
}
