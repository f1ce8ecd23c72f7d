-- Retention: how long accounts keep messages, texts and events, and how far that has been carried out.

-- An account's own limits in days: {messageDays, bodyDays, eventDays}; null: for ever. An absent key: as the installation says.
create table retention_settings (
  account_id uuid primary key references accounts (id),
  settings jsonb not null,
  updated_at timestamptz not null default now()
);

-- How far an account's old texts have been taken out: the messages before `bodies_before` have none any more, but those in
-- `pending`, which were still to be sent when it was their turn.
create table retention_progress (
  account_id uuid primary key references accounts (id),
  bodies_before uuid not null,
  pending uuid[] not null default '{}'
);

-- Messages whose recipient's address is to be masked once nothing more is going to happen to them.
create table address_masking (
  account_id uuid not null,
  message_id uuid not null,
  due_at timestamptz not null,
  tries integer not null default 0,
  primary key (account_id, message_id)
);
create index address_masking_due on address_masking (due_at);
