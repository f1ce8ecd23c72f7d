// Reading consents in bulk: pages of the newest words and of their history, always within one account. Keyset pages: a page
// costs the same at the beginning and after millions of rows, and a whole export never holds more than one.

import type { Consent, ConsentOrigin, ConsentStatus } from "../core/consent/consent.ts";
import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

export interface ConsentFilter {
  readonly contact?: string;
  /** A sender's address, or the SID of a messaging service. */
  readonly sender?: string;
  readonly status?: ConsentStatus;
}

/** Where a page goes on: behind this pair. */
export interface ConsentCursor {
  readonly sender: string;
  readonly contact: string;
}

interface ConsentRow {
  account_id: Uuid;
  sender: string;
  contact: string;
  status: ConsentStatus;
  source: Consent["source"];
  consented_at: Date;
}

/** Up to `limit` consents behind `after`, by sender and contact. */
export async function listConsents(
  db: Queryable,
  accountSid: AccountSid,
  filter: ConsentFilter,
  { after, limit }: { readonly after: ConsentCursor | null; readonly limit: number },
): Promise<Consent[]> {
  const values: unknown[] = [uuidOf(accountSid), limit];
  const conditions = ["account_id = $1"];
  const add = (value: unknown, condition: (parameter: string) => string): void => {
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  const { contact, sender, status } = filter;
  if (contact !== undefined) add(contact, (p) => `contact = ${p}`);
  if (sender !== undefined) add(sender, (p) => `sender = ${p}`);
  if (status !== undefined) add(status, (p) => `status = ${p}`);
  if (after !== null) {
    // With one of the two fixed the other alone is the order: each form has an index that begins with what is fixed.
    if (contact !== undefined) add(after.sender, (p) => `sender > ${p}`);
    else if (sender !== undefined) add(after.contact, (p) => `contact > ${p}`);
    else {
      values.push(after.sender);
      add(after.contact, (p) => `(sender, contact) > ($${values.length - 1}, ${p})`);
    }
  }
  const order = contact !== undefined ? "sender" : sender !== undefined ? "contact" : "sender, contact";
  // Not prepared: a plan that was made before an import would sort the whole table for each page.
  const rows = await db.query<ConsentRow & Record<string, unknown>>(
    `select account_id, sender, contact, status, source, consented_at from consents
     where ${conditions.join(" and ")} order by ${order} limit $2`,
    values,
  );
  return rows.map((row) => ({
    accountSid: sidOf("AC", row.account_id),
    sender: row.sender,
    contact: row.contact,
    status: row.status,
    source: row.source,
    consentedAt: row.consented_at,
  }));
}

/** A change of a consent. */
export interface ConsentChange extends Consent {
  /** UUIDv7: when it was recorded. */
  readonly id: Uuid;
  /** Null: it was recorded before this was noted. */
  readonly via: ConsentOrigin["via"] | null;
  readonly actor: string | null;
  readonly reference: string | null;
}

interface ChangeRow extends ConsentRow {
  id: Uuid;
  via: ConsentChange["via"];
  actor: string | null;
  reference: string | null;
}

/** Up to `limit` changes, newest first, older than `before` if that is given. */
export async function listConsentHistory(
  db: Queryable,
  accountSid: AccountSid,
  filter: { readonly contact?: string; readonly before: Uuid | null; readonly limit: number },
): Promise<ConsentChange[]> {
  const { contact, before, limit } = filter;
  const values: unknown[] = [uuidOf(accountSid), limit, before];
  if (contact !== undefined) values.push(contact);
  const rows = await db.query<ChangeRow & Record<string, unknown>>(
    `select account_id, id, sender, contact, status, source, consented_at, via, actor, reference from consent_history
     where account_id = $1 and ($3::uuid is null or id < $3) ${contact === undefined ? "" : "and contact = $4"}
     order by id desc limit $2`,
    values,
  );
  return rows.map((row) => ({
    id: row.id,
    accountSid: sidOf("AC", row.account_id),
    sender: row.sender,
    contact: row.contact,
    status: row.status,
    source: row.source,
    consentedAt: row.consented_at,
    via: row.via,
    actor: row.actor,
    reference: row.reference,
  }));
}

/** The stored word of one pair; null: nothing was ever said. */
export async function findConsent(
  db: Queryable,
  accountSid: AccountSid,
  { sender, contact }: ConsentCursor,
): Promise<Consent | null> {
  const [consent] = await listConsents(db, accountSid, { sender, contact }, { after: null, limit: 1 });
  return consent ?? null;
}
