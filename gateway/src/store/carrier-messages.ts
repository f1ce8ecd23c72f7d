// Which of a provider's messages are matched with which attempts. The key of the table decides: one message of a provider
// settles one attempt, whoever asks at the same time.

import type { AccountSid, MessageSid, Uuid } from "../core/ids.ts";
import { uuidOf } from "../core/ids.ts";
import { textArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";

export interface Adoption {
  readonly accountSid: AccountSid;
  readonly messageSid: MessageSid;
  readonly attempt: number;
  readonly providerId: Uuid;
  /** The provider's own id of the message. */
  readonly carrierMessageId: string;
}

// Both or neither, so that a process that dies right after it leaves an attempt that is settled.
const adoptStatement: Statement = {
  name: "adopt_carrier_message",
  text: `
    with matched as (
      insert into carrier_messages (account_id, provider_id, carrier_message_id, message_id, attempt, created_at)
      select $1, $2, $3, $4, $5, $6
      from attempts a
      where a.account_id = $1 and a.message_id = $4 and a.attempt = $5 and coalesce(a.outcome, 'unknown') = 'unknown'
      on conflict do nothing returning carrier_message_id
    )
    update attempts a set outcome = 'adopted', carrier_message_id = matched.carrier_message_id, error_code = null,
      finished_at = $6
    from matched
    where a.account_id = $1 and a.message_id = $4 and a.attempt = $5
    returning a.attempt`,
};

const isSettledStatement: Statement = {
  name: "is_settled_with_carrier_message",
  text: `
    select 1 as settled from attempts
    where account_id = $1 and message_id = $2 and attempt = $3 and carrier_message_id = $4
      and outcome in ('adopted', 'accepted')`,
};

/**
 * Settles an open attempt with a message of the provider. True also when that has settled it before (a report, another
 * process); false: the message is another attempt's, or the attempt is not open.
 */
export async function adoptCarrierMessage(db: Queryable, adoption: Adoption, now: Date): Promise<boolean> {
  const { accountSid, messageSid, attempt, providerId, carrierMessageId } = adoption;
  const [accountId, messageId] = [uuidOf(accountSid), uuidOf(messageSid)];
  const values = [accountId, providerId, carrierMessageId, messageId, attempt, now];
  if ((await db.query(adoptStatement, values)).length > 0) return true;
  return (await db.query(isSettledStatement, [accountId, messageId, attempt, carrierMessageId])).length > 0;
}

// Two providers may lead to one account of one upstream, and each sees the other's messages there.
const matchedStatement: Statement = {
  name: "matched_carrier_messages",
  text: `
    select distinct c.carrier_message_id
    from providers asked
    join providers p on p.account_id = asked.account_id and (p.id = asked.id
      or (p.kind = asked.kind and p.config->'accountSid' = asked.config->'accountSid'
        and p.config->'baseUrl' is not distinct from asked.config->'baseUrl'))
    join carrier_messages c on c.account_id = p.account_id and c.provider_id = p.id
      and c.carrier_message_id = any($3::text[])
    where asked.account_id = $1 and asked.id = $2 and (c.message_id, c.attempt) <> ($4, $5)`,
};

/** Those of a provider's messages, by its own ids, that are matched with other attempts of the account already. */
export async function matchedCarrierMessages(
  db: Queryable,
  { accountSid, messageSid, attempt, providerId }: Omit<Adoption, "carrierMessageId">,
  carrierMessageIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (carrierMessageIds.length === 0) return new Set();
  const values = [uuidOf(accountSid), providerId, textArray(carrierMessageIds), uuidOf(messageSid), attempt];
  const rows = await db.query<{ carrier_message_id: string }>(matchedStatement, values);
  return new Set(rows.map((row) => row.carrier_message_id));
}

const keptDays = 7;

/** Forgets up to `limit` matches that nobody can ask about any more. Resolves to how many. */
export async function dropOldCarrierMessages(db: Queryable, now: Date, limit: number): Promise<number> {
  const rows = await db.query(
    `delete from carrier_messages where (account_id, provider_id, carrier_message_id) in (
       select account_id, provider_id, carrier_message_id from carrier_messages
       where created_at < $1::timestamptz - make_interval(days => ${keptDays}) limit $2 for update skip locked)
     returning 1 as dropped`,
    [now, limit],
  );
  return rows.length;
}
