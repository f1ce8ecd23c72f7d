// Where contacts are.

import type { Contact } from "../core/contacts/contact.ts";
import { uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

/** Stores a contact, or what is new about them. Resolves to whether anything changed. */
export async function storeContact(tx: Queryable, contact: Contact): Promise<boolean> {
  const rows = await tx.query(
    `insert into contacts (account_id, contact, country, postal_code) values ($1, $2, $3, $4)
     on conflict (account_id, contact) do update
       set country = excluded.country, postal_code = excluded.postal_code, updated_at = now()
       where (contacts.country, contacts.postal_code) <> (excluded.country, excluded.postal_code)
     returning contact`,
    [uuidOf(contact.accountSid), contact.contact, contact.country, contact.postalCode],
  );
  return rows.length > 0;
}
