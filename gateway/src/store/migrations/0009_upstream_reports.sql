-- What comes back from upstreams: delivery reports, called back or asked for, and inbound messages.

-- The provider's last word on an attempt; null: none yet.
alter table attempts add column reported text;

-- What an application answered to this inbound message has been acted upon; and then it was replayed, so that its answer
-- is to have no effect.
alter table callbacks add column answered boolean not null default false;
alter table callbacks add column silent boolean not null default false;

-- An upstream calls with the id of a provider alone.
create index providers_by_id on providers (id);

-- Inbound messages that upstreams have brought, by the upstream's own id: each is taken once, however often it comes.
create table inbound_receipts (
  account_id uuid not null,
  provider_id uuid not null,
  upstream_id text not null,
  message_id uuid not null,
  received_at timestamptz not null,
  primary key (account_id, provider_id, upstream_id)
);
create index inbound_receipts_by_age on inbound_receipts (received_at);

-- Attempts that a provider has taken, and whose end is not known: the provider is asked about them when they are due.
create table report_polls (
  account_id uuid not null,
  message_id uuid not null,
  attempt integer not null,
  provider_id uuid not null,
  carrier_message_id text not null,
  sent_at timestamptz not null,
  -- the provider has a URL to report to: asking is only the safety net
  called_back boolean not null,
  due_at timestamptz not null,
  tries integer not null default 0,
  primary key (account_id, message_id, attempt)
);
create index report_polls_due on report_polls (account_id, provider_id, due_at);

-- One process at a time asks a provider. The row stays: it says until when a provider that did not answer is left alone.
create table report_pollers (
  account_id uuid not null,
  provider_id uuid not null,
  lease_until timestamptz not null,
  claim integer not null default 1,
  resume_at timestamptz not null default '-infinity',
  failures integer not null default 0,
  primary key (account_id, provider_id),
  foreign key (account_id, provider_id) references providers (account_id, id) on delete cascade
);
