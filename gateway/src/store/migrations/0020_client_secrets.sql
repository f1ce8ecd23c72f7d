-- When an OAuth client got its present secret by having it replaced; null: it has had it from the beginning. Signed tokens
-- of an earlier time ended with the earlier secret.
alter table oauth_clients add column secret_changed_at timestamptz;

-- Messaging services that are deleted leave their opt-outs to each of their senders: also those that were deleted before
-- they did.
with freed as (
  select s.account_id, s.address, 'MG' || replace(m.id::text, '-', '') as service
  from messaging_services m
  join senders s on s.account_id = m.account_id and s.id = any(m.final_pool)
  where m.deleted_at is not null and s.kind <> 'alphanumeric'
), kept as (
  insert into consents (account_id, sender, contact, status, source, consented_at)
  select distinct on (f.account_id, f.address, c.contact)
    f.account_id, f.address, c.contact, c.status, c.source, c.consented_at
  from freed f join consents c on c.account_id = f.account_id and c.sender = f.service and c.status = 'opt-out'
  order by f.account_id, f.address, c.contact, c.consented_at desc
  on conflict (account_id, sender, contact) do update
    set status = excluded.status, source = excluded.source, consented_at = excluded.consented_at, updated_at = now()
    where consents.status = 'opt-in' and consents.consented_at <= excluded.consented_at
  returning account_id, sender, contact, status, source, consented_at
)
insert into consent_history (account_id, id, sender, contact, status, source, consented_at)
select account_id, (left(uuid_at(clock_timestamp())::text, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid,
  sender, contact, status, source, consented_at
from kept;
