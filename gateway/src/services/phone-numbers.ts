// The numbers and short codes of an account: bought, changed, given to an account of the same family, given back; each
// with its audit row in one transaction.

import { randomInt } from "node:crypto";
import { actorOf, type Principal } from "../core/access/principal.ts";
import {
  areaCodeOf,
  type NumberType,
  nationalFormOf,
  numberTypeOf,
  parsePhoneNumber,
} from "../core/addresses/phone-number.ts";
import { GatewayError } from "../core/errors.ts";
import { type AccountSid, newUuid, sidOf, type Uuid } from "../core/ids.ts";
import { isEmptyAreaCode, magicPurchase, magicSender } from "../core/sandbox/magic-numbers.ts";
import type { Sender } from "../core/senders/sender.ts";
import { lockApplication } from "../store/applications.ts";
import { writeAudit } from "../store/audit.ts";
import type { Database, Queryable } from "../store/database.ts";
import { activeProvider } from "../store/providers.ts";
import { deleteSender, lockSender, moveSender, type SenderChanges, updateSender } from "../store/sender-changes.ts";
import { findSender, insertSender } from "../store/senders.ts";

export interface NumberCaller {
  readonly principal: Principal;
  readonly accountSid: AccountSid;
}

export interface NumberTarget extends NumberCaller {
  /** `PN…` or `SC…`, canonical. */
  readonly sid: string;
}

export interface WantedNumber {
  /** As the caller wrote it; null: any of the area code. */
  readonly phoneNumber: string | null;
  readonly areaCode: string | null;
  /** Only a number of this type will do. */
  readonly type?: NumberType;
}

/**
 * Gives the account a number on its active provider. In the sandbox every valid number can be had; at a real provider
 * the number must be there already, and this tells the gateway of it. Rejects with `number-invalid`,
 * `number-unavailable` (also when the account has it), `area-code-empty` or `invalid-parameter`.
 */
export function buyNumber(
  db: Database,
  caller: NumberCaller,
  wanted: WantedNumber,
  changes: SenderChanges,
): Promise<Sender> {
  const { accountSid } = caller;
  return db.transaction(async (tx) => {
    const provider = await activeProvider(tx, accountSid);
    if (provider === null) throw unavailable("The account has no provider that could have a number.");
    await lockNamedApplication(tx, accountSid, changes);
    const inSandbox = provider.kind === "sandbox";
    const made = await takeNumber(wanted, inSandbox, async (address) => {
      const friendlyName = nationalFormOf(address);
      const row = {
        id: newUuid(),
        accountSid,
        kind: "number",
        address,
        providerId: provider.id,
        friendlyName,
      } as const;
      return (await insertSender(tx, row)) ? row.id : null;
    });
    const target = { ...caller, sid: sidOf("PN", made) };
    await updateSender(tx, await lockedSender(tx, target), changes);
    const sender = await lockedSender(tx, target);
    await audit(tx, caller, "sender.created", { before: null, after: sender });
    return sender;
  });
}

/** Resolves to the id of the number that `insert` made. */
async function takeNumber(
  { phoneNumber, areaCode, type }: WantedNumber,
  inSandbox: boolean,
  insert: (address: string) => Promise<Uuid | null>,
): Promise<Uuid> {
  for (const address of phoneNumber === null ? candidates(areaCode ?? "", inSandbox) : [phoneNumber]) {
    const number = checkedNumber(address, inSandbox, type);
    const id = await insert(number);
    if (id !== null) return id;
    if (phoneNumber !== null) throw unavailable(`${number} is not available: the account has it already.`);
  }
  throw new GatewayError("area-code-empty", `There is no number with the area code ${areaCode}.`);
}

function checkedNumber(text: string, inSandbox: boolean, type: NumberType | undefined): string {
  const e164 = parsePhoneNumber(text)?.e164;
  const code = inSandbox && e164 !== undefined ? magicPurchase(e164) : null;
  if (code === "number-unavailable") throw unavailable(`${e164} is not available.`);
  if (e164 === undefined || code !== null) throw new GatewayError("number-invalid", `${text} is not a phone number.`);
  if (type !== undefined && numberTypeOf(e164) !== type) {
    throw new GatewayError("number-invalid", `${e164} is not a ${type} number.`);
  }
  return e164;
}

const triesMax = 20;

/** Numbers to try, one after the other. Only the sandbox has some to choose from. */
function* candidates(areaCode: string, inSandbox: boolean): Generator<string> {
  if (!inSandbox || !/^[2-9]\d{2}$/.test(areaCode) || isEmptyAreaCode(areaCode)) return;
  // The one that Twilio's test credentials give.
  if (areaCode === "500") yield "+15005550006";
  for (let tries = 0; tries < triesMax; tries += 1) {
    const number = `+1${areaCode}555${String(randomInt(10_000)).padStart(4, "0")}`;
    if (areaCodeOf(number) === areaCode && magicPurchase(number) === null && magicSender(number) === null) yield number;
  }
}

export interface NumberChanges extends SenderChanges {
  /** Its new account; on which the caller has been found to have access. */
  readonly accountSid?: AccountSid;
}

/** What is absent stays as it is. Rejects with `not-found`, `invalid-parameter` or `number-unavailable`. */
export function changeNumber(db: Database, target: NumberTarget, changes: NumberChanges): Promise<Sender> {
  const { accountSid: newOwner, ...own } = changes;
  return db.transaction(async (tx) => {
    await lockNamedApplication(tx, target.accountSid, own);
    const before = await lockedSender(tx, target);
    await updateSender(tx, before, own);
    const after = await lockedSender(tx, target);
    await audit(tx, target, "sender.updated", { before, after });
    if (newOwner === undefined || newOwner === target.accountSid) return after;
    return await transfer(tx, target, after, newOwner);
  });
}

async function transfer(tx: Queryable, target: NumberTarget, sender: Sender, accountSid: AccountSid): Promise<Sender> {
  const provider = await activeProvider(tx, accountSid);
  if (provider === null) throw unavailable("The account has no provider that could have the number.");
  if (!(await moveSender(tx, sender, { accountSid, providerId: provider.id }))) {
    throw unavailable(`${sender.address} is not available: the account has it already.`);
  }
  const moved = await lockedSender(tx, { ...target, accountSid });
  await audit(tx, target, "sender.transferred", { before: sender, after: moved });
  await audit(tx, { ...target, accountSid }, "sender.transferred", { before: sender, after: moved });
  return moved;
}

/** Gives a number back: messages that wait for it fail, pools lose it. Rejects with `not-found`. */
export function releaseNumber(db: Database, target: NumberTarget): Promise<void> {
  return db.transaction(async (tx) => {
    const before = await lockedSender(tx, target);
    await deleteSender(tx, before);
    await audit(tx, target, "sender.deleted", { before, after: null });
  });
}

/** Locked before the sender, as by who deletes an application. */
async function lockNamedApplication(
  tx: Queryable,
  accountSid: AccountSid,
  { smsApplicationSid }: SenderChanges,
): Promise<void> {
  if (typeof smsApplicationSid !== "string") return;
  if ((await lockApplication(tx, accountSid, smsApplicationSid)) !== null) return;
  throw new GatewayError("invalid-parameter", "Invalid SmsApplicationSid: the account has no such application.", {
    values: { parameter: "SmsApplicationSid" },
  });
}

async function lockedSender(tx: Queryable, { accountSid, sid }: Pick<NumberTarget, "accountSid" | "sid">) {
  const found = await findSender(tx, accountSid, sid);
  if (found !== null) await lockSender(tx, accountSid, found.address);
  // As it is now that nobody else changes it; it may be gone, too.
  const sender = found && (await findSender(tx, accountSid, sid));
  if (sender === null) throw new GatewayError("not-found", "The account has no such number.");
  return sender;
}

function unavailable(message: string): GatewayError {
  return new GatewayError("number-unavailable", message);
}

function audit(
  tx: Queryable,
  { principal, accountSid }: NumberCaller,
  action: string,
  { before, after }: { readonly before: Sender | null; readonly after: Sender | null },
): Promise<void> {
  const subject = (after ?? before)?.sid ?? "";
  const entry = { accountSid, actor: actorOf(principal), action, subject };
  return writeAudit(tx, { ...entry, before: before && { ...before }, after: after && { ...after } });
}
