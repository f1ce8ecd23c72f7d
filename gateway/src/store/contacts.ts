// Where contacts are.

import type { Contact } from "../core/contacts/contact.ts";
import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import { plainArray, textArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";

/** False: there is one of this number already. Waits for whoever is storing or forgetting it just now. */
export async function insertContact(tx: Queryable, contact: Contact): Promise<boolean> {
  const rows = await tx.query(
    `insert into contacts (account_id, contact, country, postal_code) values ($1, $2, $3, $4)
     on conflict (account_id, contact) do nothing returning contact`,
    [uuidOf(contact.accountSid), contact.contact, contact.country, contact.postalCode],
  );
  return rows.length > 0;
}

/** Needs the lock. */
export async function updateContact(tx: Queryable, contact: Contact): Promise<void> {
  await tx.query(
    "update contacts set country = $3, postal_code = $4, updated_at = now() where account_id = $1 and contact = $2",
    [uuidOf(contact.accountSid), contact.contact, contact.country, contact.postalCode],
  );
}

export interface StoredContact extends Contact {
  readonly updatedAt: Date;
}

interface ContactRow {
  readonly [column: string]: unknown;
  readonly account_id: Uuid;
  readonly contact: string;
  readonly country: string;
  readonly postal_code: string;
  readonly updated_at: Date;
}

const contactColumns = "account_id, contact, country, postal_code, updated_at";

function toContact({ account_id, contact, country, postal_code, updated_at }: ContactRow): StoredContact {
  return { accountSid: sidOf("AC", account_id), contact, country, postalCode: postal_code, updatedAt: updated_at };
}

/** Up to `limit` contacts behind `after`, by their numbers; of one number alone if that is given. */
export async function listContacts(
  db: Queryable,
  accountSid: AccountSid,
  { contact, after, limit }: { readonly contact?: string | undefined; readonly after: string; readonly limit: number },
): Promise<StoredContact[]> {
  const values = [uuidOf(accountSid), after, limit, ...(contact === undefined ? [] : [contact])];
  const rows = await db.query<ContactRow>(
    `select ${contactColumns} from contacts
     where account_id = $1 and contact > $2 ${contact === undefined ? "" : "and contact = $4"}
     order by contact limit $3`,
    values,
  );
  return rows.map(toContact);
}

/** Nobody else changes it before the transaction ends. Null: there is none. */
export async function lockContact(
  tx: Queryable,
  accountSid: AccountSid,
  contact: string,
): Promise<StoredContact | null> {
  const [row] = await tx.query<ContactRow>(
    `select ${contactColumns} from contacts where account_id = $1 and contact = $2 for update`,
    [uuidOf(accountSid), contact],
  );
  return row === undefined ? null : toContact(row);
}

/** Needs the lock. */
export async function deleteContact(tx: Queryable, accountSid: AccountSid, contact: string): Promise<void> {
  await tx.query("delete from contacts where account_id = $1 and contact = $2", [uuidOf(accountSid), contact]);
}

/** Where a contact is, as far as quiet hours are concerned. */
export type ContactPlace = Pick<Contact, "country" | "postalCode">;

const placesStatement: Statement = {
  name: "find_contact_places",
  text: `
    select w.position::int as position, c.country, c.postal_code
    from unnest($1::uuid[], $2::text[]) with ordinality as w(account_id, contact, position)
    join contacts c on c.account_id = w.account_id and c.contact = w.contact`,
};

/** Where these contacts are, in their order; null: not known. One query for a whole batch. */
export async function findContactPlaces(
  db: Queryable,
  contacts: readonly Pick<Contact, "accountSid" | "contact">[],
): Promise<(ContactPlace | null)[]> {
  const places: (ContactPlace | null)[] = contacts.map(() => null);
  if (contacts.length === 0) return places;
  const rows = await db.query<{ position: number; country: string; postal_code: string }>(placesStatement, [
    plainArray(contacts.map(({ accountSid }) => hexOf(accountSid))),
    textArray(contacts.map(({ contact }) => contact)),
  ]);
  for (const row of rows) places[row.position - 1] = { country: row.country, postalCode: row.postal_code };
  return places;
}
