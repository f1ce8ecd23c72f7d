-- Subaccounts are listed by their parent; access tokens are signed with a key that all processes share.

create index accounts_by_parent on accounts (parent_id, id) where parent_id is not null;

-- Keys that sign access tokens: one is current, retired ones still verify what they signed. They belong to the
-- installation, not to an account: a token names its client, and the client its account.
create table access_token_keys (
  id uuid primary key,
  -- sealed with the master key
  key_sealed bytea not null,
  retired_at timestamptz,
  created_at timestamptz not null default now()
);
create unique index access_token_keys_current on access_token_keys ((retired_at is null)) where retired_at is null;
