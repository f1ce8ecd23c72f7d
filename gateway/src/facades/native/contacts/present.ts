// Contacts as the native API shows them, as JSON and as lines of CSV.

import type { z } from "zod";
import type { StoredContact } from "../../../store/contacts.ts";
import { csvCell } from "../csv.ts";
import type { contact as contactSchema } from "./schema.ts";

export function presentContact({
  contact,
  country,
  postalCode,
  updatedAt,
}: StoredContact): z.output<typeof contactSchema> {
  return { contact, country, postalCode, updatedAt: updatedAt.toISOString() };
}

export const csvHeader = "contact,country,postal_code,updated_at\r\n";

export function presentLine({ contact, country, postalCode, updatedAt }: StoredContact): string {
  return `${[contact, country, postalCode].map(csvCell).join(",")},${updatedAt.toISOString()}\r\n`;
}
