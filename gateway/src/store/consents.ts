// The consent store: the newest word per (account, sender, contact), and the history of its changes.

import type { Consent, ConsentStatus } from "../core/consent/consent.ts";
import { type AccountSid, newUuid } from "../core/ids.ts";
import { plainArray, textArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";

export interface ConsentPair {
  readonly accountSid: AccountSid;
  /** A sender's address, or the SID of a messaging service. */
  readonly sender: string;
  readonly contact: string;
}

const statusesStatement: Statement = {
  name: "consent_statuses",
  text: `
    select p.position::int as position, c.status
    from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality as p(account_id, sender, contact, position)
    join consents c on c.account_id = p.account_id and c.sender = p.sender and c.contact = p.contact`,
};

/** The newest word of each pair, in their order; null where nothing was ever said. One query. */
async function consentStatuses(db: Queryable, pairs: readonly ConsentPair[]): Promise<(ConsentStatus | null)[]> {
  const statuses: (ConsentStatus | null)[] = pairs.map(() => null);
  if (pairs.length === 0) return statuses;
  const rows = await db.query<{ position: number; status: ConsentStatus }>(statusesStatement, [
    plainArray(pairs.map((pair) => hexOf(pair.accountSid))),
    textArray(pairs.map((pair) => pair.sender)),
    textArray(pairs.map((pair) => pair.contact)),
  ]);
  for (const row of rows) statuses[row.position - 1] = row.status;
  return statuses;
}

/** Which pairs are opted out, in their order. One query for a whole batch. */
export async function optedOutAmong(db: Queryable, pairs: readonly ConsentPair[]): Promise<boolean[]> {
  return (await consentStatuses(db, pairs)).map((status) => status === "opt-out");
}

/** Has the contact opted out towards any of these senders (see consentSenders in core)? */
export async function isOptedOut(
  db: Queryable,
  accountSid: AccountSid,
  senders: readonly string[],
  contact: string,
): Promise<boolean> {
  const optedOut = await optedOutAmong(
    db,
    senders.map((sender) => ({ accountSid, sender, contact })),
  );
  return optedOut.includes(true);
}

const recordStatement: Statement = {
  name: "record_consent",
  text: `
    with changed as (
      insert into consents (account_id, sender, contact, status, source, consented_at)
      values ($1, $2, $3, $4, $5, $6)
      on conflict (account_id, sender, contact) do update
        set status = excluded.status, source = excluded.source, consented_at = excluded.consented_at, updated_at = now()
        where consents.status <> excluded.status and consents.consented_at <= excluded.consented_at
      returning account_id, sender, contact, status, source, consented_at
    )
    insert into consent_history (account_id, id, sender, contact, status, source, consented_at)
    select account_id, $7, sender, contact, status, source, consented_at from changed
    returning id`,
};

/**
 * Stores a contact's word with its history. Resolves to whether anything changed: the same word again, and one that is
 * older than the stored one, change nothing.
 */
export async function recordConsent(tx: Queryable, consent: Consent): Promise<boolean> {
  const rows = await tx.query(recordStatement, [
    hexOf(consent.accountSid),
    consent.sender,
    consent.contact,
    consent.status,
    consent.source,
    consent.consentedAt,
    newUuid(),
  ]);
  return rows.length > 0;
}
