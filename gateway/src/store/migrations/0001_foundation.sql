-- The foundation: accounts and their credentials, providers and senders, messages (which are the queue),
-- attempts, events, callbacks, consent, the sandbox's own record.
--
-- account_id leads every key of the message path; SIDs are stored as the UUID of their 32 hex digits.
-- messages, attempts and events are partitioned by time through their UUIDv7 key: see create_partitions().

create table accounts (
  id uuid primary key,
  parent_id uuid references accounts (id),
  friendly_name text not null,
  status text not null default 'active' check (status in ('active', 'suspended', 'closed')),
  type text not null default 'Full',
  environment_id uuid not null unique,
  tenant_id uuid not null unique,
  resource_owner text not null unique,
  -- sealed with the master key: they are shown to their owner and sign callbacks
  auth_token_sealed bytea not null,
  secondary_auth_token_sealed bytea,
  -- providers in the order in which they are tried; the head is the active provider
  fallback_chain uuid[] not null default '{}',
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table api_keys (
  account_id uuid not null references accounts (id),
  id uuid not null,
  secret_hash bytea not null,
  friendly_name text,
  policy jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, id),
  unique (id)
);

create table access_keys (
  account_id uuid not null references accounts (id),
  id uuid not null,
  key_hash bytea not null unique,
  name text not null,
  role text not null check (role in ('owner', 'operator', 'sender', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (account_id, id)
);

create table oauth_clients (
  account_id uuid not null references accounts (id),
  id uuid not null,
  client_id text not null unique,
  secret_hash bytea not null,
  name text not null,
  role text not null check (role in ('owner', 'operator', 'sender', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (account_id, id)
);

create table admins (
  id uuid primary key,
  email text not null unique,
  password_hash text not null,
  created_at timestamptz not null default now()
);

create table providers (
  account_id uuid not null references accounts (id),
  id uuid not null,
  name text not null,
  kind text not null check (kind in ('sandbox', 'twilio', 'http')),
  config jsonb not null default '{}',
  secrets_sealed bytea,
  -- what only one dialect knows, kept and returned as given
  dialects jsonb not null default '{}',
  -- the sandbox that was made with the account
  built_in boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, id)
);
create unique index providers_built_in on providers (account_id) where built_in;

create table messaging_services (
  account_id uuid not null references accounts (id),
  id uuid not null,
  friendly_name text not null,
  inbound_request_url text,
  inbound_method text not null default 'POST',
  fallback_url text,
  fallback_method text not null default 'POST',
  status_callback text,
  settings jsonb not null default '{}',
  -- A deleted service is there only for the messages that it had accepted: they are sent from its pool as it was then.
  deleted_at timestamptz,
  final_pool uuid[],
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, id)
);

-- A sender: phone number, short code or alphanumeric id of an account.
create table senders (
  account_id uuid not null references accounts (id),
  id uuid not null,
  kind text not null check (kind in ('number', 'short_code', 'alphanumeric')),
  address text not null,
  provider_id uuid not null,
  -- an alphanumeric id joins services by service_alpha_senders
  messaging_service_id uuid check (messaging_service_id is null or kind <> 'alphanumeric'),
  friendly_name text not null,
  sms_url text not null default '',
  sms_method text not null default 'POST',
  sms_fallback_url text not null default '',
  sms_fallback_method text not null default 'POST',
  settings jsonb not null default '{}',
  -- pacing: null means no pace and no queue limit
  segments_per_second real check (segments_per_second > 0),
  queue_limit_seconds integer not null default 36000,
  -- the end of the last slot handed out; the shared clock of the pace
  next_slot_at timestamptz not null default '-infinity',
  -- when the pace allows the next hand-over, whatever slots were handed out
  next_send_at timestamptz not null default '-infinity',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, id),
  unique (account_id, address),
  foreign key (account_id, provider_id) references providers (account_id, id),
  foreign key (account_id, messaging_service_id) references messaging_services (account_id, id)
);
create index senders_by_service on senders (account_id, messaging_service_id) where messaging_service_id is not null;

-- The alphanumeric ids of messaging services: unlike a number, an id may be in several, and in one for several countries.
create table service_alpha_senders (
  account_id uuid not null,
  id uuid not null,
  messaging_service_id uuid not null,
  sender_id uuid not null,
  -- ISO 3166-1 alpha-2; empty: every country
  country text not null default '',
  created_at timestamptz not null default now(),
  primary key (account_id, id),
  unique (account_id, messaging_service_id, sender_id, country),
  foreign key (account_id, messaging_service_id) references messaging_services (account_id, id),
  foreign key (account_id, sender_id) references senders (account_id, id) on delete cascade
);

create table messages (
  account_id uuid not null,
  id uuid not null,
  direction text not null,
  status text not null,
  from_address text,
  to_address text not null,
  sender_id uuid,
  messaging_service_id uuid,
  body text not null,
  num_segments smallint not null,
  num_media smallint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  sent_at timestamptz,
  error_code integer,
  status_callback text,
  options jsonb,
  -- The queue. due_at: when a worker should look at the row next; null: nothing to do. A claim sets lease_until and leaves
  -- due_at alone: no indexed column changes, so the update stays within its page (HOT) and writes no index entry. A dead
  -- worker's messages come up again by themselves when the lease has run out.
  due_at timestamptz,
  lease_until timestamptz,
  expires_at timestamptz,
  -- names the claim that may write the outcome: rises by one with each claim
  claim integer not null default 0,
  -- attempts made so far; (id, attempts) is the open or last attempt
  attempts integer not null default 0,
  -- a slot of its sender's pace has been taken (due_at is that slot)
  paced boolean not null default false,
  primary key (account_id, id)
) partition by range (id);
create index messages_due on messages (due_at) where due_at is not null;
create index messages_by_to on messages (account_id, to_address, id);
create index messages_by_from on messages (account_id, from_address, id);

create table attempts (
  account_id uuid not null,
  message_id uuid not null,
  attempt integer not null,
  provider_id uuid not null,
  from_address text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  -- null while open; accepted, retry, next-provider, refused, unknown, adopted, lost
  outcome text,
  error_code integer,
  reason text,
  carrier_message_id text,
  primary key (account_id, message_id, attempt)
) partition by range (message_id);

create table events (
  account_id uuid not null,
  id uuid not null,
  message_id uuid not null,
  type text not null,
  data jsonb,
  primary key (account_id, message_id, id)
) partition by range (id);
create index events_in_order on events (account_id, id);

create table media (
  account_id uuid not null,
  message_id uuid not null,
  id uuid not null,
  position smallint not null,
  url text not null,
  content_type text not null,
  created_at timestamptz not null default now(),
  primary key (account_id, message_id, id)
);

create table message_feedback (
  account_id uuid not null,
  message_id uuid not null,
  outcome text not null check (outcome in ('confirmed', 'unconfirmed')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, message_id)
);

-- Same key and same request within 24 hours: the same message again.
create table idempotency_keys (
  account_id uuid not null,
  key text not null,
  request_hash bytea not null,
  message_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (account_id, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

-- A signed request from the gateway to an application, durable until it is delivered or given up.
create table callbacks (
  account_id uuid not null,
  id uuid not null,
  message_id uuid not null,
  kind text not null check (kind in ('status', 'inbound')),
  url text not null,
  -- scheme, host and port of url: what shares one limit and one breaker
  origin text not null,
  method text not null default 'POST',
  fallback_url text,
  fallback_method text not null default 'POST',
  -- the form fields in order: [[name, value], …]
  fields jsonb not null,
  -- pending exactly as long as due_at is set
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
  due_at timestamptz,
  -- the last try is made no later than about here
  expires_at timestamptz not null,
  attempts integer not null default 0,
  claim integer not null default 0,
  last_status integer,
  last_error text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (account_id, id)
);
-- the same rows in other words, so that what goes by origin is never answered by reading everything that is due
create index callbacks_due on callbacks (due_at) where state = 'pending';
create index callbacks_due_by_origin on callbacks (origin, due_at) where due_at is not null;
create index callbacks_by_message on callbacks (account_id, message_id, id);

-- Who may be written to: the newest word of a contact towards a sender (address) or messaging service (MG SID).
create table consents (
  account_id uuid not null,
  sender text not null,
  contact text not null,
  status text not null check (status in ('opt-in', 'opt-out')),
  source text not null,
  consented_at timestamptz not null,
  updated_at timestamptz not null default now(),
  primary key (account_id, sender, contact)
);
create table consent_history (
  account_id uuid not null,
  id uuid not null,
  sender text not null,
  contact text not null,
  status text not null,
  source text not null,
  consented_at timestamptz not null,
  primary key (account_id, id)
);

-- The sandbox's own record of what was handed to it and what its handsets sent. It knows nothing of the gateway's
-- messages beyond the reference that every carrier gets; a message that were handed over twice would stand here twice.
create table sandbox_messages (
  account_id uuid not null,
  id uuid not null,
  handset text not null,
  direction text not null check (direction in ('to-handset', 'from-handset')),
  sender text not null,
  body text not null,
  -- null: no media
  media_urls jsonb,
  message_id uuid,
  attempt integer,
  -- taken by the sandbox, but fated never to reach the handset
  error_code integer,
  created_at timestamptz not null,
  primary key (account_id, id)
);
create index sandbox_messages_by_handset on sandbox_messages (account_id, handset, id);
-- for "did you take this one?"
create index sandbox_messages_by_message on sandbox_messages (account_id, message_id) where direction = 'to-handset';

-- Delivery reports that the sandbox has still to give.
create table sandbox_reports (
  account_id uuid not null,
  id uuid not null,
  message_id uuid not null,
  -- the message's SID begins with MM, not SM
  has_media boolean not null,
  status text not null,
  error_code integer,
  due_at timestamptz not null,
  -- one index for identity and order: each row is written once and deleted once
  primary key (due_at, account_id, id)
);

-- An account's fault rules, as one document. A new version starts the rules' counters afresh.
create table sandbox_faults (
  account_id uuid primary key references accounts (id),
  version uuid not null,
  document jsonb not null
);

-- Who changed what: written in the transaction of the change, secrets masked.
create table audit (
  account_id uuid not null,
  id uuid not null,
  actor text not null,
  action text not null,
  subject text not null,
  before jsonb,
  after jsonb,
  primary key (account_id, id)
);

-- The first UUIDv7 of a moment: 48 bits of milliseconds, then zeroes.
create function uuid_at(moment timestamptz) returns uuid language sql immutable as $$
  select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

-- Makes the monthly partitions of messages, attempts and events that cover [since, until), as far as they are missing.
-- Several processes may call it at once; when nothing is missing it takes no lock on the tables.
create function create_partitions(since timestamptz, until timestamptz) returns void language plpgsql as $$
declare
  month_start timestamptz := date_trunc('month', since at time zone 'UTC') at time zone 'UTC';
  month_end timestamptz;
  parent text;
  partition text;
begin
  perform pg_advisory_xact_lock(hashtext('trunkline.create_partitions'));
  while month_start < until loop
    month_end := (month_start at time zone 'UTC' + interval '1 month') at time zone 'UTC';
    foreach parent in array array['messages', 'attempts', 'events'] loop
      partition := parent || '_' || to_char(month_start at time zone 'UTC', 'YYYY_MM');
      continue when to_regclass(quote_ident(partition)) is not null;
      execute format(
        'create table %I partition of %I for values from (%L) to (%L) %s',
        partition, parent, uuid_at(month_start), uuid_at(month_end),
        case parent when 'events' then '' else 'with (fillfactor = 70)' end);
    end loop;
    month_start := month_end;
  end loop;
end
$$;
