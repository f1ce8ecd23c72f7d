// Making, changing and deleting the gateway's own access keys: each with its audit row in one transaction. A key exists in
// the clear only in the answer to whoever made it.

import { actorOf, type Principal, type Role } from "../core/access/principal.ts";
import { newAccessKey } from "../core/credentials/secrets.ts";
import { GatewayError } from "../core/errors.ts";
import { type AccountSid, newUuid, type Uuid } from "../core/ids.ts";
import {
  type AccessKey,
  countAccessKeys,
  deleteAccessKey,
  lockAccessKey,
  updateAccessKey,
} from "../store/access-keys.ts";
import { lockAccountRow } from "../store/accounts.ts";
import { writeAudit } from "../store/audit.ts";
import { insertAccessKey } from "../store/credentials.ts";
import type { Database, Queryable } from "../store/database.ts";
import type { Authenticator } from "./authenticator.ts";
import { changeAccess } from "./change-access.ts";
import { isUnchanged } from "./is-unchanged.ts";
import { refuseOwnKey } from "./own-key.ts";

export interface AccessKeyDeps {
  readonly db: Database;
  readonly authenticator: Pick<Authenticator, "forget">;
}

/** Who acts in which account; that they may has been checked. */
interface Actor {
  readonly principal: Principal;
  readonly accountSid: AccountSid;
}

export interface NewAccessKey {
  readonly name: string;
  readonly role: Role;
  /** Null: never. */
  readonly expiresAt: Date | null;
}

/** What is absent stays as it is. */
export type AccessKeyChanges = Partial<NewAccessKey>;

export interface MadeAccessKey {
  readonly key: AccessKey;
  readonly secret: string;
}

const keysMax = 200;

/** Rejects with `too-many-keys`. */
export function createAccessKey({ db }: AccessKeyDeps, actor: Actor, given: NewAccessKey): Promise<MadeAccessKey> {
  const secret = newAccessKey();
  const { accountSid } = actor;
  const id = newUuid();
  return db.transaction(async (tx) => {
    // One at a time, so that the count holds.
    await lockAccountRow(tx, accountSid);
    if ((await countAccessKeys(tx, accountSid)) >= keysMax) {
      throw new GatewayError("too-many-keys", `An account has at most ${keysMax} access keys: delete one first.`);
    }
    await insertAccessKey(tx, accountSid, { ...given, id, key: secret });
    const key = await locked(tx, accountSid, id);
    await audit(tx, actor, "created", { before: null, after: key });
    return { key, secret };
  });
}

/** In every process within a second. Rejects with `not-found`, and with `conflict` when the caller's own would do less or end earlier. */
export function changeAccessKey(
  deps: AccessKeyDeps,
  actor: Actor,
  id: Uuid,
  changes: AccessKeyChanges,
): Promise<AccessKey> {
  return changeAccess(deps, actor.accountSid, async (tx) => {
    const before = await locked(tx, actor.accountSid, id);
    if (isUnchanged(before, changes)) return before;
    if (weakens(before, changes)) refuseOwnKey(actor.principal, "access-key", [id]);
    await updateAccessKey(tx, actor.accountSid, { ...before, ...changes });
    const after = await locked(tx, actor.accountSid, id);
    await audit(tx, actor, "updated", { before, after });
    return after;
  });
}

/** From then on it authenticates nobody, in any process within a second. Rejects with `not-found`, and with `conflict` for the caller's own. */
export function removeAccessKey(deps: AccessKeyDeps, actor: Actor, id: Uuid): Promise<void> {
  return changeAccess(deps, actor.accountSid, async (tx) => {
    const before = await locked(tx, actor.accountSid, id);
    refuseOwnKey(actor.principal, "access-key", [id]);
    await deleteAccessKey(tx, actor.accountSid, id);
    await audit(tx, actor, "deleted", { before, after: null });
  });
}

/** Only owners change keys: any other role of their own is a lower one. */
function weakens(before: AccessKey, { role = before.role, expiresAt = before.expiresAt }: AccessKeyChanges): boolean {
  const endsEarlier = expiresAt !== null && (before.expiresAt === null || expiresAt < before.expiresAt);
  return role !== before.role || endsEarlier;
}

async function locked(tx: Queryable, accountSid: AccountSid, id: Uuid): Promise<AccessKey> {
  const key = await lockAccessKey(tx, accountSid, id);
  if (key !== null) return key;
  throw new GatewayError("not-found", "The account has no such access key.");
}

function audit(
  tx: Queryable,
  { principal, accountSid }: Actor,
  verb: string,
  { before, after }: { readonly before: AccessKey | null; readonly after: AccessKey | null },
): Promise<void> {
  const shown = (key: AccessKey | null) => key && { name: key.name, role: key.role, expiresAt: key.expiresAt };
  const subject = (before ?? after)?.id ?? "";
  const entry = { accountSid, actor: actorOf(principal), action: `access-key.${verb}`, subject };
  return writeAudit(tx, { ...entry, before: shown(before), after: shown(after) });
}
