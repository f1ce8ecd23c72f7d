-- Real upstreams: what is known of each provider's health, and what its upstream account has to send from.

-- Changes of the configuration, in order, across all accounts: dialects show the number of a provider's last change.
create sequence change_sequence;

-- The 18-digit number that is the same provider's name in dialects that have no UUIDs: rises with time.
create sequence provider_numbers maxvalue 9999999 cycle;
create function next_provider_number() returns text language sql volatile as $$
  select (300000000000000000 + extract(epoch from clock_timestamp())::bigint * 10000000
    + nextval('provider_numbers'))::text
$$;
alter table providers add column number text not null default next_provider_number() unique;
alter table providers add column sequence bigint not null default nextval('change_sequence');
-- When it is to be checked next; null: never (the sandbox).
alter table providers add column check_due_at timestamptz;
create index providers_check_due on providers (check_due_at) where check_due_at is not null;

-- What a provider's last check said. No row: never checked.
create table provider_health (
  account_id uuid not null,
  provider_id uuid not null,
  -- ok; rejected: the upstream refuses the credentials; unreachable: no (sensible) answer; misconfigured: it answers, but
  -- not as one of its kind, or lacks what the provider names
  state text not null check (state in ('ok', 'rejected', 'unreachable', 'misconfigured')),
  -- the upstream's own code, if it gave one
  code integer,
  reason text,
  -- what works, but should not be so (credentials in the clear …)
  warnings text[] not null default '{}',
  -- what the upstream says of itself: {friendlyName, status, type …}
  upstream jsonb not null default '{}',
  -- since when the state is what it is
  since timestamptz not null,
  checked_at timestamptz not null,
  -- what led to it: save, schedule, request, dispatch
  checked_by text not null check (checked_by in ('save', 'schedule', 'request', 'dispatch')),
  primary key (account_id, provider_id),
  foreign key (account_id, provider_id) references providers (account_id, id) on delete cascade
);

-- What an upstream account has to send from, as it said at the last synchronisation.
create table upstream_senders (
  account_id uuid not null,
  provider_id uuid not null,
  -- the upstream's own id: PN…, SC…, MG…
  sid text not null,
  kind text not null check (kind in ('number', 'short_code', 'messaging_service')),
  -- E.164, the digits of a short code, or the SID of a messaging service
  address text not null,
  name text not null,
  -- sms, mms, voice …
  capabilities text[] not null default '{}',
  synced_at timestamptz not null,
  primary key (account_id, provider_id, sid),
  foreign key (account_id, provider_id) references providers (account_id, id) on delete cascade
);
create index upstream_senders_by_address on upstream_senders (account_id, address);

-- A provider that is deleted leaves its senders behind only if they moved to another provider before.
create index senders_by_provider on senders (account_id, provider_id);
