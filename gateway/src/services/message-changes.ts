// Changing a stored message in one transaction: the row, its event, its status callback, the audit log. The guards are in
// the statements (store/message-changes.ts); here it is found out why one did not hold.

import { actorOf, type Principal } from "../core/access/principal.ts";
import { statusCallbackOf } from "../core/callbacks/status-callback.ts";
import type { Clock } from "../core/clock.ts";
import { GatewayError } from "../core/errors.ts";
import type { AccountSid, MessageSid } from "../core/ids.ts";
import type { MessageChange } from "../core/messages/changes.ts";
import type { Message } from "../core/messages/message.ts";
import { writeAudit } from "../store/audit.ts";
import { insertCallbacks } from "../store/callbacks.ts";
import type { Database, Queryable } from "../store/database.ts";
import { cancelMessage, deleteMessage, insertEvent, redactMessage } from "../store/message-changes.ts";
import { findMessage } from "../store/message-queries.ts";
import { retainLess } from "./retention/retained-less.ts";

export interface MessageChangeDeps {
  readonly db: Database;
  readonly clock: Clock;
  /** Called after the commit that canceled a message: it may have stored a callback. */
  readonly onCanceled: () => void;
}

interface Target {
  readonly principal: Principal;
  readonly accountSid: AccountSid;
  readonly sid: MessageSid;
}

/**
 * Cancels, then redacts, as asked; both or neither. Resolves to the message as it is then.
 * Rejects with `not-found`, `not-cancelable` or `not-complete`.
 */
export async function changeMessage(
  { db, clock, onCanceled }: MessageChangeDeps,
  { change, ...target }: Target & { readonly change: MessageChange },
): Promise<Message> {
  const at = new Date(clock.nowMs());
  const changed = await db.transaction(async (tx) => {
    let message: Message | null = null;
    if (change.cancel) message = await cancel(tx, target, at);
    if (change.redact) message = await redact(tx, target, at);
    return message ?? (await mustExist(tx, target));
  });
  if (change.cancel) onCanceled();
  return changed;
}

async function cancel(tx: Queryable, target: Target, at: Date): Promise<Message> {
  const { accountSid, sid } = target;
  const canceled = await cancelMessage(tx, accountSid, sid, at);
  if (canceled === null) {
    const { status } = await mustExist(tx, target);
    throw new GatewayError("not-cancelable", `Only a scheduled message can be canceled; this one is ${status}.`);
  }
  await insertEvent(tx, accountSid, sid, { type: "message.canceled" });
  await retainLess(tx, [canceled.message], at);
  const callback = statusCallbackOf(
    { ...canceled.message, statusCallback: canceled.statusCallback },
    { status: "canceled", errorCode: null },
  );
  if (callback !== null) await insertCallbacks(tx, [callback]);
  await audit(tx, target, "message.canceled", "scheduled", "canceled");
  return canceled.message;
}

async function redact(tx: Queryable, target: Target, at: Date): Promise<Message> {
  const { accountSid, sid } = target;
  const message = await redactMessage(tx, accountSid, sid, at);
  if (message === null) throw notComplete((await mustExist(tx, target)).status);
  await insertEvent(tx, accountSid, sid, { type: "message.redacted" });
  await audit(tx, target, "message.redacted", message.status, message.status);
  return message;
}

/** Deletes a message with everything that belongs to it. Rejects with `not-found` or `not-complete`. */
export function removeMessage({ db, clock }: Pick<MessageChangeDeps, "db" | "clock">, target: Target): Promise<void> {
  const at = new Date(clock.nowMs());
  return db.transaction(async (tx) => {
    const status = await deleteMessage(tx, target.accountSid, target.sid, at);
    if (status === null) throw notComplete((await mustExist(tx, target)).status);
    // The rest of the timeline is gone; who follows it live learns why.
    await insertEvent(tx, target.accountSid, target.sid, { type: "message.deleted" });
    await audit(tx, target, "message.deleted", status, null);
  });
}

async function mustExist(tx: Queryable, { accountSid, sid }: Target): Promise<Message> {
  const message = await findMessage(tx, accountSid, sid);
  if (message !== null) return message;
  throw new GatewayError("not-found", "There is no such message.");
}

function notComplete(status: Message["status"]): GatewayError {
  return new GatewayError("not-complete", `Wait until the message is final; it is ${status}.`);
}

function audit(
  tx: Queryable,
  { principal, accountSid, sid }: Target,
  action: string,
  before: string,
  after: string | null,
): Promise<void> {
  return writeAudit(tx, {
    accountSid,
    actor: actorOf(principal),
    action,
    subject: sid,
    before: { status: before },
    after: after === null ? null : { status: after },
  });
}
