// Making, changing and deleting applications: each with its audit row in one transaction.

import { actorOf, type Principal } from "../core/access/principal.ts";
import { GatewayError } from "../core/errors.ts";
import { type AccountSid, newUuid, sidOf } from "../core/ids.ts";
import type { Application } from "../core/senders/application.ts";
import {
  type ApplicationChanges,
  deleteApplication,
  insertApplication,
  lockApplication,
  updateApplication,
} from "../store/applications.ts";
import { writeAudit } from "../store/audit.ts";
import type { Database, Queryable } from "../store/database.ts";

export interface ApplicationTarget {
  readonly principal: Principal;
  readonly accountSid: AccountSid;
  /** `AP…`, canonical. */
  readonly sid: string;
}

export function createApplication(
  db: Database,
  caller: Omit<ApplicationTarget, "sid">,
  given: ApplicationChanges,
): Promise<Application> {
  const target = { ...caller, sid: sidOf("AP", newUuid()) };
  return db.transaction(async (tx) => {
    await insertApplication(tx, target.accountSid, target.sid);
    const after = await changed(tx, target, given);
    await audit(tx, target, "created", { before: null, after });
    return after;
  });
}

/** What is absent stays as it is. Rejects with `not-found`. */
export function changeApplication(
  db: Database,
  target: ApplicationTarget,
  changes: ApplicationChanges,
): Promise<Application> {
  return db.transaction(async (tx) => {
    const before = await locked(tx, target);
    const after = await changed(tx, target, changes);
    await audit(tx, target, "updated", { before, after });
    return after;
  });
}

/** Numbers that name it go back to their own URLs; messages keep the callback that they got from it. */
export function removeApplication(db: Database, target: ApplicationTarget): Promise<void> {
  return db.transaction(async (tx) => {
    const before = await locked(tx, target);
    await deleteApplication(tx, before);
    await audit(tx, target, "deleted", { before, after: null });
  });
}

async function locked(tx: Queryable, { accountSid, sid }: ApplicationTarget): Promise<Application> {
  return existing(await lockApplication(tx, accountSid, sid));
}

async function changed(
  tx: Queryable,
  { accountSid, sid }: ApplicationTarget,
  changes: ApplicationChanges,
): Promise<Application> {
  return existing(await updateApplication(tx, accountSid, sid, changes));
}

function existing(application: Application | null): Application {
  if (application === null) throw new GatewayError("not-found", "The account has no such application.");
  return application;
}

function audit(
  tx: Queryable,
  { principal, accountSid, sid }: ApplicationTarget,
  verb: string,
  { before, after }: { readonly before: Application | null; readonly after: Application | null },
): Promise<void> {
  const action = `application.${verb}`;
  const entry = { accountSid, actor: actorOf(principal), action, subject: sid };
  return writeAudit(tx, { ...entry, before: before && { ...before }, after: after && { ...after } });
}
