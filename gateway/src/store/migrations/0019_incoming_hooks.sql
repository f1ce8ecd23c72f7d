-- Addresses at which identity platforms hand messages over as they do to a webhook of their own.
create table incoming_hooks (
  account_id uuid not null references accounts (id),
  -- random: it is part of the URL, and of an unsigned hook the only secret
  id uuid not null,
  platform text not null check (platform in ('zitadel')),
  name text not null,
  -- what the platform signs with; null: not told yet, so that nothing is taken
  signing_key_sealed bytea,
  -- takes what is not signed
  unsigned boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, id),
  unique (id)
);
