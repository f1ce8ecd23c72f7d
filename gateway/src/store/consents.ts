// The consent store: the newest word per (account, sender, contact), and the history of its changes.

import type { Consent, ConsentOrigin, ConsentStatus } from "../core/consent/consent.ts";
import { type AccountSid, type MessagingServiceSid, newUuid, uuidOf } from "../core/ids.ts";
import { plainArray, textArray, timeArray } from "./array-literal.ts";
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

// A message without a sender of its own may go out from a number whose service has been told to stop: so the numbers that
// are in an opted-out service now stand for themselves, too.
const optOutsStatement: Statement = {
  name: "opt_outs_of_contacts",
  text: `
    select p.position::int as position, c.sender
    from unnest($1::uuid[], $2::text[]) with ordinality as p(account_id, contact, position)
    join consents c on c.account_id = p.account_id and c.contact = p.contact and c.status = 'opt-out'
    union all
    select p.position::int, s.address
    from unnest($1::uuid[], $2::text[]) with ordinality as p(account_id, contact, position)
    join consents c on c.account_id = p.account_id and c.contact = p.contact and c.status = 'opt-out'
      and c.sender ~ '^MG[0-9a-f]{32}$'
    join senders s on s.account_id = c.account_id
      and s.messaging_service_id = (case when c.sender ~ '^MG[0-9a-f]{32}$' then substr(c.sender, 3) end)::uuid`,
};

/**
 * Towards whom each contact has opted out, in their order: addresses, messaging services, and the numbers in those
 * services. One query for a whole batch.
 */
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

// In the order given: whoever stores several words locks addresses before services.
const recordStatement: Statement = {
  name: "record_consents",
  text: `
    with n as (
      select * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::uuid[])
        as n(sender, contact, status, source, consented_at, history_id)
    ), changed as (
      insert into consents (account_id, sender, contact, status, source, consented_at)
      select $1, sender, contact, status, source, consented_at from n
      on conflict (account_id, sender, contact) do update
        set status = excluded.status, source = excluded.source, consented_at = excluded.consented_at, updated_at = now()
        where consents.status <> excluded.status and consents.consented_at <= excluded.consented_at
          and ($8 or consents.status = 'opt-in' or consents.source <> 'opt-out-message')
      returning sender, contact, status, source, consented_at
    )
    insert into consent_history (account_id, id, sender, contact, status, source, consented_at, via, actor, reference)
    select $1, n.history_id, c.sender, c.contact, c.status, c.source, c.consented_at, $9, $10, $11
    from changed c join n on n.sender = c.sender and n.contact = c.contact
    returning sender, contact`,
};

// Once a contact has said STOP themselves, that stays the source: it may count for more than what others say for them.
const renewStatement: Statement = {
  name: "renew_consents",
  text: `
    update consents c set consented_at = n.consented_at, updated_at = now(),
      source = case when c.source = 'opt-out-message' then c.source else n.source end
    from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
      as n(sender, contact, status, source, consented_at)
    where c.account_id = $1 and c.sender = n.sender and c.contact = n.contact and c.status = n.status
      and c.consented_at < n.consented_at`,
};

export interface RecordOptions {
  /** May an opt-in replace an opt-out that the contact sent themselves? Default true. */
  readonly overridesStop?: boolean;
}

export type ConsentWord = Omit<Consent, "accountSid">;

/**
 * Stores words of an account's contacts with their history; no pair of sender and contact may be there twice. Resolves to
 * those that changed anything: a word that is older than the stored one changes nothing, and the same word again nothing
 * but its date.
 */
export async function recordConsents(
  tx: Queryable,
  accountSid: AccountSid,
  words: readonly ConsentWord[],
  origin: ConsentOrigin,
  { overridesStop = true }: RecordOptions = {},
): Promise<ConsentWord[]> {
  if (words.length === 0) return [];
  const columns = [
    uuidOf(accountSid),
    textArray(words.map((word) => word.sender)),
    textArray(words.map((word) => word.contact)),
    plainArray(words.map((word) => word.status)),
    plainArray(words.map((word) => word.source)),
    timeArray(words.map((word) => word.consentedAt)),
  ];
  const history = [plainArray(words.map(() => newUuid())), overridesStop, origin.via, origin.actor, origin.reference];
  const rows = await tx.query<Pick<ConsentWord, "sender" | "contact">>(recordStatement, [...columns, ...history]);
  const nameOf = ({ sender, contact }: Pick<ConsentWord, "sender" | "contact">) => `${sender} ${contact}`;
  const changed = new Set(rows.map(nameOf));
  if (changed.size < words.length) await tx.query(renewStatement, columns);
  return words.filter((word) => changed.has(nameOf(word)));
}

/** As recordConsents, for one word. Resolves to whether anything changed. */
export async function recordConsent(
  tx: Queryable,
  { accountSid, ...word }: Consent,
  origin: ConsentOrigin,
  options: RecordOptions = {},
): Promise<boolean> {
  return (await recordConsents(tx, accountSid, [word], origin, options)).length > 0;
}

/** After many words at once: plans that were made while the table was small would read all of it. */
export async function analyzeConsents(db: Queryable): Promise<void> {
  await db.query("analyze consents");
}

/** From here on nothing that the transaction writes is to stay: see undoDryRun. */
export async function startDryRun(tx: Queryable): Promise<void> {
  await tx.query("savepoint dry_run");
}

/** Takes back what was written since startDryRun. */
export async function undoDryRun(tx: Queryable): Promise<void> {
  await tx.query("rollback to savepoint dry_run");
}
