// Matching a provider's message with the attempt that the provider itself named it to. Until then another process may have
// found it by its text, and adopted it for an attempt whose outcome was open: that one is open again, or a text would be
// lost. Must be one statement, so that both hold or neither.

/**
 * CTEs for a statement whose $1 is the present. `source`: a CTE with the attempts' account_id, provider_id,
 * carrier_message_id, message_id and attempt, and what else selects its rows.
 *
 * The rows that come out of the UPDATEs are looked at as they are by then, not as they were when the statement began: the
 * adoption may be younger. So what decides stands in SET, where no other process comes in between. A report on the adopted
 * message leaves everything as it is; a message that has ended has told everybody so.
 */
export function matchAnswered(source: string): string {
  return `matched as (
      insert into carrier_messages as c (account_id, provider_id, carrier_message_id, message_id, attempt, created_at)
      select distinct on (account_id, provider_id, carrier_message_id)
        account_id, provider_id, carrier_message_id, message_id, attempt, $1
      from ${source}
      on conflict (account_id, provider_id, carrier_message_id) do update
        set displaced_message_id = c.message_id, displaced_attempt = c.attempt, message_id = excluded.message_id,
          attempt = excluded.attempt
        where (c.message_id, c.attempt) <> (excluded.message_id, excluded.attempt)
      returning account_id, carrier_message_id, displaced_message_id, displaced_attempt
    ), opened as (
      update attempts a
      set outcome = case when ${isAdopted} then 'unknown' else a.outcome end,
        reason = case when ${isAdopted} then 'what was found is another message''s' else a.reason end,
        finished_at = case when ${isAdopted} then null else a.finished_at end,
        carrier_message_id = case when ${isAdopted} then null else a.carrier_message_id end
      from matched d
      where d.displaced_attempt is not null and a.account_id = d.account_id and a.message_id = d.displaced_message_id
        and a.attempt = d.displaced_attempt
      returning a.account_id, a.message_id, a.attempt, a.outcome
    ), due_again as (
      update messages m
      set status = 'sending', due_at = $1, lease_until = null, claim = m.claim + 1, updated_at = $1
      from opened
      where opened.outcome = 'unknown' and m.account_id = opened.account_id and m.id = opened.message_id
        and m.status in ('sending', 'accepted', 'scheduled', 'queued', 'sent')
    ), asked_no_more as (
      delete from report_polls p using opened
      where opened.outcome = 'unknown' and p.account_id = opened.account_id and p.message_id = opened.message_id
        and p.attempt = opened.attempt
    )`;
}

const isAdopted = "a.outcome = 'adopted' and a.carrier_message_id = d.carrier_message_id and a.reported is null";
