-- Applications: URLs under one name, for numbers (inbound) and for messages (status callbacks).

create table applications (
  account_id uuid not null references accounts (id),
  id uuid not null,
  friendly_name text,
  sms_url text,
  sms_method text not null default 'POST',
  sms_fallback_url text,
  sms_fallback_method text not null default 'POST',
  message_status_callback text,
  sms_status_callback text,
  -- what nobody here acts on (voice …), kept and returned as given
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, id)
);

-- When set, the application's URLs take the place of the sender's own.
alter table senders add column sms_application_id uuid;
alter table senders add constraint senders_sms_application_fkey foreign key (account_id, sms_application_id)
  references applications (account_id, id) on delete set null (sms_application_id);
create index senders_by_application on senders (account_id, sms_application_id) where sms_application_id is not null;
