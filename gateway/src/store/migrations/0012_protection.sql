-- Protection: what each account wants of it, what has been counted, and every decision other than to let a message pass.

-- No row: the defaults, and no mode of its own (record for what goes to real providers, off for the sandbox).
create table protection_settings (
  account_id uuid primary key references accounts (id),
  mode text check (mode in ('off', 'record', 'deny')),
  document jsonb not null,
  updated_at timestamptz not null default now()
);

-- Messages that have been counted: a message whose claim is repeated must not count twice. No row is needed any longer
-- than a message can wait for its hand-over.
create table protection_judged (
  account_id uuid not null,
  message_id uuid not null,
  judged_at timestamptz not null,
  primary key (account_id, message_id)
);
create index protection_judged_by_age on protection_judged (judged_at);

-- How much is sent where: one row for each destination, updated in place (so no index may name a column that changes with
-- each count). in_* count since the beginning of the minute, ten minutes and hour that `minute` lies in.
create table protection_counters (
  account_id uuid not null,
  -- account: all of its messages; country; prefix: the numbers that differ in their last digits only; recipient
  scope text not null check (scope in ('account', 'country', 'prefix', 'recipient')),
  key text not null,
  -- minutes and days since the Unix epoch
  since_minute integer not null,
  minute integer not null,
  in_minute integer not null,
  in_ten_minutes integer not null,
  in_hour integer not null,
  day integer not null,
  -- the busiest ten minutes (prefix) or hour (others) of that day, and what the days before have taught
  peak integer not null,
  usual real not null default 0,
  primary key (account_id, scope, key)
) with (fillfactor = 50);
create index protection_counters_by_age on protection_counters (scope, day);

-- The last message with this text to this recipient from this sender: a second one within seconds is a duplicate.
create table protection_texts (
  account_id uuid not null,
  digest bytea not null,
  message_id uuid not null,
  sent_at timestamptz not null,
  repeats_until timestamptz not null,
  primary key (account_id, digest)
);
create index protection_texts_by_age on protection_texts (repeats_until);

create table protection_decisions (
  account_id uuid not null,
  id uuid not null,
  message_id uuid not null,
  -- the message's SID begins with MM, not SM
  has_media boolean not null,
  rule text not null,
  action text not null check (action in ('denied', 'recorded', 'held')),
  mode text not null check (mode in ('record', 'deny')),
  error_code integer,
  held_until timestamptz,
  explanation text not null,
  numbers jsonb not null,
  primary key (account_id, id)
);
create unique index protection_decisions_by_message on protection_decisions (account_id, message_id, rule);
create index protection_decisions_by_rule on protection_decisions (account_id, rule, id);
create index protection_decisions_by_age on protection_decisions (id);
