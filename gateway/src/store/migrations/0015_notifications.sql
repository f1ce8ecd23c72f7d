-- PingOne's notification settings and policies, and what is counted for the policies that are in force.

create table notification_settings (
  account_id uuid primary key references accounts (id),
  document jsonb not null,
  updated_at timestamptz not null default now()
);

create table notification_policies (
  account_id uuid not null references accounts (id),
  id uuid not null,
  name text not null,
  is_default boolean not null default false,
  -- quotas, countryLimit, cooldownConfiguration, providerConfiguration
  document jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, id),
  unique (account_id, name)
);
create unique index notification_policies_default on notification_policies (account_id) where is_default;

-- Messages that were held against a policy: one whose claim is repeated must not count twice.
create table notification_judged (
  account_id uuid not null,
  message_id uuid not null,
  judged_at timestamptz not null,
  primary key (account_id, message_id)
);
create index notification_judged_by_age on notification_judged (judged_at);

-- How many messages a day: of the account (recipient '') and of each recipient.
create table notification_counters (
  account_id uuid not null,
  recipient text not null,
  -- since the Unix epoch, UTC
  day integer not null,
  total integer not null default 0,
  primary key (account_id, recipient, day)
);
create index notification_counters_by_day on notification_counters (day);

-- Notifications in a row: what a recipient's cool-down is worked out from.
create table notification_series (
  account_id uuid not null,
  recipient text not null,
  sends integer not null default 0,
  last_at timestamptz,
  blocked_until timestamptz,
  touched_at timestamptz not null,
  primary key (account_id, recipient)
);
create index notification_series_by_age on notification_series (touched_at);
