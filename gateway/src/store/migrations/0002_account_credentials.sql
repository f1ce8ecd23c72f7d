-- Credentials that an account holds with the gateway (AWS keys, public keys that signed requests are checked with), when
-- the secondary auth token was made, and whether the account takes signed requests only.

create table account_credentials (
  account_id uuid not null references accounts (id),
  id uuid not null,
  kind text not null check (kind in ('aws', 'public-key')),
  friendly_name text,
  -- `<access key id>:<secret access key>`, sealed
  aws_sealed bytea check ((kind = 'aws') = (aws_sealed is not null)),
  -- SubjectPublicKeyInfo in DER
  public_key bytea check ((kind = 'public-key') = (public_key is not null)),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, id)
);

-- Null where there is no secondary token, or where one was made before this column was.
alter table accounts add column secondary_auth_token_created_at timestamptz;
alter table accounts add column requires_signed_requests boolean not null default false;
