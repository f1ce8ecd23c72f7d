// The pools of messaging services: who joins and who leaves, each with its audit row in one transaction. The service's
// row is locked meanwhile, so that it neither goes away nor grows over its limit.

import { actorOf } from "../core/access/principal.ts";
import { parseSender } from "../core/addresses/sender.ts";
import { GatewayError } from "../core/errors.ts";
import { newUuid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import { takesAlphanumeric } from "../core/routing/choose-sender.ts";
import type { ServiceAlphaSender } from "../core/senders/messaging-service.ts";
import type { Sender } from "../core/senders/sender.ts";
import { writeAudit } from "../store/audit.ts";
import type { Database, Queryable } from "../store/database.ts";
import { activeProvider } from "../store/providers.ts";
import { lockSender } from "../store/sender-changes.ts";
import { findSender, insertSender } from "../store/senders.ts";
import {
  countServiceSenders,
  deleteAlphaSender,
  findAlphaSender,
  insertAlphaSender,
  setSenderService,
} from "../store/service-pools.ts";
import { lockedService, type ServiceTarget } from "./messaging-services.ts";

/** As many senders as a service may have. */
export const poolSizeMax = 400;

/**
 * Adds the account's number or short code. `senderSid`: `PN…` or `SC…`, canonical. Rejects with `not-found` (service or
 * sender), `sender-in-service`, `sender-in-other-service` or `service-full`.
 */
export function addPoolSender(db: Database, target: ServiceTarget, senderSid: string): Promise<Sender> {
  return db.transaction(async (tx) => {
    await lockedService(tx, target);
    const sender = await lockedSender(tx, target, senderSid);
    if (sender.messagingServiceSid === target.sid) {
      throw new GatewayError("sender-in-service", `${sender.address} is in this messaging service already.`);
    }
    if (sender.messagingServiceSid !== null) {
      throw new GatewayError("sender-in-other-service", `${sender.address} is in another messaging service.`);
    }
    await refuseWhenFull(tx, target);
    await setSenderService(tx, target.accountSid, sender.id, target.sid);
    await audit(tx, target, "sender-added", { sender: sender.sid, address: sender.address });
    return await foundSender(tx, target, senderSid);
  });
}

/** Takes a number or short code out. Rejects with `not-found`, also when it is not in this service. */
export function removePoolSender(db: Database, target: ServiceTarget, senderSid: string): Promise<void> {
  return db.transaction(async (tx) => {
    await lockedService(tx, target);
    const sender = await lockedSender(tx, target, senderSid);
    if (sender.messagingServiceSid !== target.sid) throw notInPool();
    await setSenderService(tx, target.accountSid, sender.id, null);
    await audit(tx, target, "sender-removed", { sender: sender.sid, address: sender.address });
  });
}

export interface NewAlphaSender {
  readonly address: string;
  /** ISO 3166-1 alpha-2, upper-case; null: every country. */
  readonly country: string | null;
}

/**
 * Adds an alphanumeric id; one that the account does not have yet becomes a sender on the active provider. Rejects with
 * `not-found` (service), `alpha-sender-invalid`, `sender-in-service` or `service-full`.
 */
export function addAlphaSender(
  db: Database,
  target: ServiceTarget,
  given: NewAlphaSender,
): Promise<ServiceAlphaSender> {
  const { address, country } = given;
  if (parseSender(address)?.kind !== "alphanumeric") {
    throw alphaInvalid("An alphanumeric sender has 1 to 11 letters, digits, spaces and + - _ &, not digits alone.");
  }
  if (country !== null && !takesAlphanumeric(country)) {
    throw alphaInvalid(`Carriers in ${country} take no alphanumeric senders.`);
  }
  return db.transaction(async (tx) => {
    await lockedService(tx, target);
    await refuseWhenFull(tx, target);
    const senderId = await ownAlphaSender(tx, target, address);
    const { accountSid, sid: serviceSid } = target;
    const id = newUuid();
    if (!(await insertAlphaSender(tx, { accountSid, serviceSid, id, senderId, country: country ?? "" }))) {
      throw new GatewayError("sender-in-service", `${address} is in this messaging service already.`);
    }
    await audit(tx, target, "sender-added", { sender: sidOf("AI", id), address, country });
    return await foundAlpha(tx, target, id);
  });
}

/** Takes an entry out; the account keeps the sender. `sid`: `AI…` of the entry. Rejects with `not-found`. */
export function removeAlphaSender(db: Database, target: ServiceTarget, sid: string): Promise<void> {
  return db.transaction(async (tx) => {
    await lockedService(tx, target);
    const entry = await foundAlpha(tx, target, uuidOf(sid));
    await deleteAlphaSender(tx, entry);
    await audit(tx, target, "sender-removed", { sender: entry.sid, address: entry.address, country: entry.country });
  });
}

/** The account's sender of this name, made where there is none. */
async function ownAlphaSender(tx: Queryable, { accountSid, principal }: ServiceTarget, address: string): Promise<Uuid> {
  const own = await lockSender(tx, accountSid, address);
  if (own !== null) return own.id;
  const provider = await activeProvider(tx, accountSid);
  if (provider === null) throw alphaInvalid("The account has no provider that could send it.");
  const id = newUuid();
  const draft = { id, accountSid, kind: "alphanumeric", address, providerId: provider.id } as const;
  if (await insertSender(tx, { ...draft, friendlyName: address })) {
    const { kind, providerId } = draft;
    const entry = { accountSid, actor: actorOf(principal), action: "sender.created", subject: sidOf("AI", id) };
    await writeAudit(tx, { ...entry, before: null, after: { kind, address, providerId } });
  }
  // Somebody else may have made it in between.
  const made = await lockSender(tx, accountSid, address);
  if (made === null) throw new Error("an alphanumeric sender that was just made is not there");
  return made.id;
}

async function lockedSender(tx: Queryable, target: ServiceTarget, senderSid: string): Promise<Sender> {
  const { address } = await foundSender(tx, target, senderSid);
  await lockSender(tx, target.accountSid, address);
  return await foundSender(tx, target, senderSid);
}

async function foundSender(tx: Queryable, { accountSid }: ServiceTarget, senderSid: string): Promise<Sender> {
  const sender = await findSender(tx, accountSid, senderSid);
  if (sender === null) throw new GatewayError("not-found", "The account has no such sender.");
  return sender;
}

async function foundAlpha(tx: Queryable, target: ServiceTarget, id: Uuid): Promise<ServiceAlphaSender> {
  const entry = await findAlphaSender(tx, target.accountSid, target.sid, id);
  if (entry === null) throw notInPool();
  return entry;
}

async function refuseWhenFull(tx: Queryable, { accountSid, sid }: ServiceTarget): Promise<void> {
  if ((await countServiceSenders(tx, accountSid, sid)) < poolSizeMax) return;
  throw new GatewayError("service-full", `A messaging service has at most ${poolSizeMax} senders.`);
}

function notInPool(): GatewayError {
  return new GatewayError("not-found", "This messaging service has no such sender.");
}

function alphaInvalid(message: string): GatewayError {
  return new GatewayError("alpha-sender-invalid", message);
}

function audit(
  tx: Queryable,
  { principal, accountSid, sid }: ServiceTarget,
  verb: string,
  after: Readonly<Record<string, string | null>>,
): Promise<void> {
  const action = `messaging-service.${verb}`;
  return writeAudit(tx, { accountSid, actor: actorOf(principal), action, subject: sid, before: null, after });
}
