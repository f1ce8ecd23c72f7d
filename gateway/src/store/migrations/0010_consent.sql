-- Consent: words and replies of one's own, who said what and how it came to be known, lists by contact and by status.

-- What an account, one of its messaging services or one of its senders says of STOP, START and HELP. Absent keys of
-- `settings` mean what the next wider one says.
create table keyword_settings (
  account_id uuid not null references accounts (id),
  -- at most one of the two; neither: the whole account
  messaging_service_id uuid,
  sender_id uuid,
  settings jsonb not null,
  updated_at timestamptz not null default now(),
  check (num_nonnulls(messaging_service_id, sender_id) <= 1),
  unique nulls not distinct (account_id, messaging_service_id, sender_id),
  foreign key (account_id, messaging_service_id) references messaging_services (account_id, id) on delete cascade,
  foreign key (account_id, sender_id) references senders (account_id, id) on delete cascade
);

-- How the word came to be known; null: written before this was noted.
alter table consent_history add column via text
  check (via in ('keyword', 'consents-api', 'native-api', 'import'));
-- the credential that told of it; null: the contact
alter table consent_history add column actor text;
-- the SID of the message that said it, or the id of the import that brought it
alter table consent_history add column reference text;
create index consent_history_by_contact on consent_history (account_id, contact, id);

create index consents_by_contact on consents (account_id, contact, sender);
create index consents_by_status on consents (account_id, status, sender, contact);
