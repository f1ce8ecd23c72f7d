// Making, changing and deleting messaging services: each with its audit row in one transaction.

import { actorOf, type Principal } from "../core/access/principal.ts";
import { GatewayError } from "../core/errors.ts";
import { type AccountSid, type MessagingServiceSid, newUuid, sidOf } from "../core/ids.ts";
import type { MessagingService } from "../core/senders/messaging-service.ts";
import { writeAudit } from "../store/audit.ts";
import type { Database, Queryable } from "../store/database.ts";
import {
  deleteMessagingService,
  insertMessagingService,
  lockMessagingService,
  type ServiceChanges,
  updateMessagingService,
} from "../store/messaging-services.ts";

export interface ServiceTarget {
  readonly principal: Principal;
  readonly accountSid: AccountSid;
  readonly sid: MessagingServiceSid;
}

export function createMessagingService(
  db: Database,
  { principal, accountSid }: Omit<ServiceTarget, "sid">,
  given: ServiceChanges & { readonly friendlyName: string },
): Promise<MessagingService> {
  const target = { principal, accountSid, sid: sidOf<MessagingServiceSid>("MG", newUuid()) };
  return db.transaction(async (tx) => {
    await insertMessagingService(tx, { ...given, accountSid, sid: target.sid });
    const made = await lockedService(tx, target);
    await audit(tx, target, "created", { before: null, after: made });
    return made;
  });
}

/** What is absent stays as it is. Rejects with `not-found`. */
export function changeMessagingService(
  db: Database,
  target: ServiceTarget,
  changes: ServiceChanges,
): Promise<MessagingService> {
  return db.transaction(async (tx) => {
    const before = await lockedService(tx, target);
    const after = await updateMessagingService(tx, before, changes);
    await audit(tx, target, "updated", { before, after });
    return after;
  });
}

/**
 * Deletes a service and sets its senders free. Messages that it has accepted are sent all the same, from the pool as it
 * was. Rejects with `not-found`.
 */
export function removeMessagingService(db: Database, target: ServiceTarget): Promise<void> {
  return db.transaction(async (tx) => {
    const before = await lockedService(tx, target);
    await deleteMessagingService(tx, before);
    await audit(tx, target, "deleted", { before, after: null });
  });
}

/** The service, locked until the transaction ends. Rejects with `not-found`. */
export async function lockedService(tx: Queryable, { accountSid, sid }: ServiceTarget): Promise<MessagingService> {
  const service = await lockMessagingService(tx, accountSid, sid);
  if (service === null) throw new GatewayError("not-found", "The account has no such messaging service.");
  return service;
}

function audit(
  tx: Queryable,
  { principal, accountSid, sid }: ServiceTarget,
  verb: string,
  { before, after }: { readonly before: MessagingService | null; readonly after: MessagingService | null },
): Promise<void> {
  const action = `messaging-service.${verb}`;
  const entry = { accountSid, actor: actorOf(principal), action, subject: sid };
  return writeAudit(tx, { ...entry, before: before && { ...before }, after: after && { ...after } });
}
