// The consent store: the newest word per (account, sender, contact), and the history of its changes.

import type { Consent, ConsentStatus } from "../core/consent/consent.ts";
import { type AccountSid, type MessagingServiceSid, newUuid, uuidOf } from "../core/ids.ts";
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

const optOutsStatement: Statement = {
  name: "opt_outs_of_contacts",
  text: `
    select p.position::int as position, c.sender
    from unnest($1::uuid[], $2::text[]) with ordinality as p(account_id, contact, position)
    join consents c on c.account_id = p.account_id and c.contact = p.contact and c.status = 'opt-out'`,
};

/** Towards whom each contact has opted out, in their order. One query for a whole batch. */
export async function optOutsOf(
  db: Queryable,
  contacts: readonly Omit<ConsentPair, "sender">[],
): Promise<ReadonlySet<string>[]> {
  const senders = contacts.map(() => new Set<string>());
  if (contacts.length === 0) return senders;
  const rows = await db.query<{ position: number; sender: string }>(optOutsStatement, [
    plainArray(contacts.map((contact) => hexOf(contact.accountSid))),
    textArray(contacts.map((contact) => contact.contact)),
  ]);
  for (const row of rows) senders[row.position - 1]?.add(row.sender);
  return senders;
}

/** The numbers of a messaging service's pool that the contact has opted out of one by one, in the order of their digits. */
export async function optedOutPoolNumbers(
  db: Queryable,
  accountSid: AccountSid,
  serviceSid: MessagingServiceSid,
  contact: string,
): Promise<string[]> {
  const rows = await db.query<{ sender: string }>(
    `select c.sender from consents c
     join senders s on s.account_id = c.account_id and s.address = c.sender
     where c.account_id = $1 and c.contact = $2 and c.status = 'opt-out' and s.messaging_service_id = $3
     order by c.sender`,
    [uuidOf(accountSid), contact, uuidOf(serviceSid)],
  );
  return rows.map((row) => row.sender);
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
          and ($8 or consents.status = 'opt-in' or consents.source <> 'opt-out-message')
      returning account_id, sender, contact, status, source, consented_at
    )
    insert into consent_history (account_id, id, sender, contact, status, source, consented_at)
    select account_id, $7, sender, contact, status, source, consented_at from changed
    returning id`,
};

// Once a contact has said STOP themselves, that stays the source: it may count for more than what others say for them.
const renewStatement: Statement = {
  name: "renew_consent",
  text: `
    update consents set consented_at = $5, updated_at = now(),
      source = case when source = 'opt-out-message' then source else $6 end
    where account_id = $1 and sender = $2 and contact = $3 and status = $4 and consented_at < $5`,
};

export interface RecordOptions {
  /** May an opt-in replace an opt-out that the contact sent themselves? Default true. */
  readonly overridesStop?: boolean;
}

/**
 * Stores a contact's word with its history. Resolves to whether anything changed: a word that is older than the stored
 * one changes nothing, and the same word again nothing but its date.
 */
export async function recordConsent(
  tx: Queryable,
  consent: Consent,
  { overridesStop = true }: RecordOptions = {},
): Promise<boolean> {
  const { sender, contact, status, source, consentedAt } = consent;
  const accountId = hexOf(consent.accountSid);
  const values = [accountId, sender, contact, status, source, consentedAt, newUuid(), overridesStop];
  if ((await tx.query(recordStatement, values)).length > 0) return true;
  await tx.query(renewStatement, [accountId, sender, contact, status, consentedAt, source]);
  return false;
}
