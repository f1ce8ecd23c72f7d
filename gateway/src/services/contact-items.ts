// What applications say about contacts in bulk: consents, and where somebody is. Each item is stored by itself, with its
// audit row: one that cannot be stored takes no other with it.

import type { Logger } from "pino";
import { actorOf, type Principal } from "../core/access/principal.ts";
import { isTollFree } from "../core/addresses/phone-number.ts";
import type { Consent } from "../core/consent/consent.ts";
import type { Contact } from "../core/contacts/contact.ts";
import { isDatabaseAway, toError } from "../core/errors.ts";
import { type AccountSid, isSid, type MessagingServiceSid } from "../core/ids.ts";
import { writeAudit } from "../store/audit.ts";
import { optedOutAmong, optedOutPoolNumbers, recordConsent } from "../store/consents.ts";
import { storeContact } from "../store/contacts.ts";
import type { Database, Queryable } from "../store/database.ts";
import { findSenderByAddress } from "../store/senders.ts";

export interface ContactCaller {
  readonly accountSid: AccountSid;
  readonly principal: Principal;
}

export interface ContactItemsDeps {
  readonly db: Database;
  readonly log: Logger;
}

/** Resolves to whether each was stored. Rejects with `database-unavailable` when none could be. */
export function storeConsents(
  deps: ContactItemsDeps,
  caller: ContactCaller,
  consents: readonly Omit<Consent, "accountSid">[],
): Promise<boolean[]> {
  return storeEach(deps, consents, (tx, item) => storeConsent(tx, caller, { ...item, accountSid: caller.accountSid }));
}

/** As storeConsents. */
export function storeContacts(
  deps: ContactItemsDeps,
  caller: ContactCaller,
  contacts: readonly Omit<Contact, "accountSid">[],
): Promise<boolean[]> {
  return storeEach(deps, contacts, async (tx, item) => {
    const { contact, country, postalCode } = item;
    if (!(await storeContact(tx, { ...item, accountSid: caller.accountSid }))) return;
    await audit(tx, caller, "contact.recorded", { subject: contact, after: { country, postalCode } });
  });
}

async function storeEach<Item>(
  { db, log }: ContactItemsDeps,
  items: readonly Item[],
  store: (tx: Queryable, item: Item) => Promise<void>,
): Promise<boolean[]> {
  const stored: boolean[] = [];
  for (const item of items) {
    try {
      await db.transaction((tx) => store(tx, item));
      stored.push(true);
    } catch (error) {
      if (isDatabaseAway(error)) {
        if (!stored.includes(true)) throw error;
        // Those that are left would each wait for it in vain.
        return items.map((_, index) => stored[index] === true);
      }
      log.error({ err: toError(error) }, "an item of a bulk request could not be stored");
      stored.push(false);
    }
  }
  return stored;
}

async function storeConsent(tx: Queryable, caller: ContactCaller, consent: Consent): Promise<void> {
  const { contact, status, source, sender } = consent;
  const changed: string[] = [];
  for (const concerned of await sendersConcerned(tx, consent)) {
    // The toll-free network blocks after a STOP until the contact takes it back themselves, whatever is known here.
    const overridesStop = !isTollFree(concerned);
    if (await recordConsent(tx, { ...consent, sender: concerned }, { overridesStop })) changed.push(concerned);
  }
  if (changed.length === 0) return;
  await audit(tx, caller, "consent.recorded", { subject: contact, after: { sender, status, source, changed } });
}

/**
 * Towards whom a word counts. An opt-out: only towards the sender it names. An opt-in also takes back what else stands
 * against messages from that sender, as a START does. In the order in which keywords lock them: addresses, then the service.
 */
async function sendersConcerned(tx: Queryable, { accountSid, sender, contact, status }: Consent): Promise<string[]> {
  if (status === "opt-out") return [sender];
  if (isSid(sender, "MG")) {
    const numbers = await optedOutPoolNumbers(tx, accountSid, sender as MessagingServiceSid, contact);
    return [...numbers, sender];
  }
  const own = isTollFree(sender) ? null : await findSenderByAddress(tx, accountSid, sender);
  const service = own?.messagingServiceSid ?? null;
  if (service === null) return [sender];
  const [optedOut] = await optedOutAmong(tx, [{ accountSid, sender: service, contact }]);
  return optedOut === true ? [sender, service] : [sender];
}

function audit(
  tx: Queryable,
  { accountSid, principal }: ContactCaller,
  action: string,
  { subject, after }: { readonly subject: string; readonly after: Readonly<Record<string, unknown>> },
): Promise<void> {
  return writeAudit(tx, { accountSid, actor: actorOf(principal), action, subject, before: null, after });
}
