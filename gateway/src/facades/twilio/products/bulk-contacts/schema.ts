// The items of a bulk contact request: where contacts are, with every check that an item fails.

import { type Contact, isContactCountry, isPostalCode } from "../../../../core/contacts/contact.ts";
import type { Form } from "../../form.ts";
import { type CheckedItem, checkItems, type JsonItem, readJsonItems, textOf } from "../bulk-items.ts";

const itemsMax = 25;

type ContactItem = Omit<Contact, "accountSid">;

export function readContacts(form: Form): CheckedItem<ContactItem>[] {
  return checkItems<ContactItem>(readJsonItems(form, "Items", itemsMax), readContact);
}

function readContact(item: JsonItem, problems: string[]): Omit<ContactItem, "contact"> | null {
  const code = textOf(item, "country_iso_code");
  const country = code !== null && isContactCountry(code) ? code : null;
  const zipCode = textOf(item, "zip_code");
  const postalCode = zipCode !== null && isPostalCode(zipCode, country) ? zipCode : null;
  if (country === null) problems.push("INVALID_COUNTRY_ISO_CODE");
  if (postalCode === null) problems.push("INVALID_ZIP_CODE");
  if (country === null || postalCode === null) return null;
  return { country, postalCode };
}
