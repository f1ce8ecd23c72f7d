// What applications say about contacts in bulk: consents, and where somebody is. Each item is stored by itself, with its
// audit row: one that cannot be stored takes no other with it.

import type { Logger } from "pino";
import { actorOf, type Principal } from "../core/access/principal.ts";
import type { Consent } from "../core/consent/consent.ts";
import type { Contact } from "../core/contacts/contact.ts";
import { isDatabaseAway, toError } from "../core/errors.ts";
import type { AccountSid } from "../core/ids.ts";
import type { Database, Queryable } from "../store/database.ts";
import { recordWord } from "./consent/record-word.ts";
import { recordContact } from "./contacts.ts";

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
  const { accountSid, principal } = caller;
  const origin = { via: "consents-api", actor: actorOf(principal), reference: null } as const;
  return storeEach(deps, consents, async (tx, item) => {
    await recordWord(tx, { ...item, accountSid }, origin);
  });
}

/** As storeConsents. */
export function storeContacts(
  deps: ContactItemsDeps,
  caller: ContactCaller,
  contacts: readonly Omit<Contact, "accountSid">[],
): Promise<boolean[]> {
  return storeEach(deps, contacts, async (tx, item) => {
    await recordContact(tx, caller, item);
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
