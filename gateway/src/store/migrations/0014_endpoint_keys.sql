-- Keys with permissions by endpoint and method, the event log of providers, and finding an account by its token alone.

create table endpoint_keys (
  account_id uuid not null references accounts (id),
  id uuid not null unique,
  -- SHA-256 of the key
  key_hash bytea not null unique,
  -- sealed with the master key; null: the key was shown once
  key_sealed bytea,
  name text,
  -- may manage keys; never given by the API itself
  key_manager boolean not null default false,
  tenant_scoped boolean not null default false,
  expires_at timestamptz,
  -- endpoint → methods; empty: everything
  endpoints jsonb not null default '{}',
  -- JSON text of what is kept and given back without a meaning here: jsonb refuses U+0000
  kept text not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, id)
);
create unique index endpoint_keys_by_name on endpoint_keys (account_id, name);

create table event_log (
  account_id uuid not null,
  id bigint not null generated always as identity,
  type text not null check (type in ('information', 'debug', 'error')),
  message text not null,
  created_at timestamptz not null,
  primary key (account_id, id)
);
create index event_log_by_age on event_log (created_at);

-- SHA-256 of the tokens, for callers whose own name for the account is not ours. Null: sealed before there were hashes.
alter table accounts
  add column auth_token_hash bytea,
  add column secondary_auth_token_hash bytea;
create index accounts_by_auth_token on accounts (auth_token_hash);
create index accounts_by_secondary_auth_token on accounts (secondary_auth_token_hash)
  where secondary_auth_token_hash is not null;

create index providers_by_upstream_account on providers ((config ->> 'accountSid')) where kind = 'twilio';
