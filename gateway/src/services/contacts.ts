// Contacts of an account: recorded and forgotten, each with its audit row in the same transaction.

import { actorOf, type Principal } from "../core/access/principal.ts";
import type { Contact } from "../core/contacts/contact.ts";
import { GatewayError } from "../core/errors.ts";
import type { AccountSid } from "../core/ids.ts";
import { writeAudit } from "../store/audit.ts";
import { deleteContact, lockContact, storeContact } from "../store/contacts.ts";
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
  const before = await lockContact(tx, accountSid, contact);
  if (!(await storeContact(tx, { accountSid, contact, country, postalCode }))) return false;
  await writeAudit(tx, {
    ...{ accountSid, actor: actorOf(principal), action: "contact.recorded", subject: contact },
    before: before && { country: before.country, postalCode: before.postalCode },
    after: { country, postalCode },
  });
  return true;
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
