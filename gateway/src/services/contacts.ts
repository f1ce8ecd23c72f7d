// Contacts of an account: recorded and forgotten, each with its audit row in the same transaction.

import { actorOf, type Principal } from "../core/access/principal.ts";
import type { Contact } from "../core/contacts/contact.ts";
import { GatewayError } from "../core/errors.ts";
import type { AccountSid } from "../core/ids.ts";
import { writeAudit } from "../store/audit.ts";
import { deleteContact, insertContact, lockContact, type StoredContact, updateContact } from "../store/contacts.ts";
import type { Database, Queryable } from "../store/database.ts";

interface Caller {
  readonly accountSid: AccountSid;
  readonly principal: Principal;
}

/** Resolves to whether anything changed. */
export async function recordContact(
  tx: Queryable,
  { accountSid, principal }: Caller,
  { contact, country, postalCode }: Omit<Contact, "accountSid">,
): Promise<boolean> {
  const before = await insertOrLock(tx, { accountSid, contact, country, postalCode });
  if (before?.country === country && before.postalCode === postalCode) return false;
  if (before !== null) await updateContact(tx, { accountSid, contact, country, postalCode });
  await writeAudit(tx, {
    ...{ accountSid, actor: actorOf(principal), action: "contact.recorded", subject: contact },
    before: before && { country: before.country, postalCode: before.postalCode },
    after: { country, postalCode },
  });
  return true;
}

/** Inserted first: a row that is not there yet cannot be locked. Resolves to the one that there was, locked. */
async function insertOrLock(tx: Queryable, contact: Contact): Promise<StoredContact | null> {
  for (;;) {
    if (await insertContact(tx, contact)) return null;
    const before = await lockContact(tx, contact.accountSid, contact.contact);
    // Null: forgotten in between.
    if (before !== null) return before;
  }
}

/** Rejects with `not-found`. */
export function removeContact(db: Database, { accountSid, principal }: Caller, contact: string): Promise<void> {
  return db.transaction(async (tx) => {
    const before = await lockContact(tx, accountSid, contact);
    if (before === null) throw new GatewayError("not-found", `The account has no contact ${contact}.`);
    await deleteContact(tx, accountSid, contact);
    await writeAudit(tx, {
      ...{ accountSid, actor: actorOf(principal), action: "contact.deleted", subject: contact },
      before: { country: before.country, postalCode: before.postalCode },
      after: null,
    });
  });
}
