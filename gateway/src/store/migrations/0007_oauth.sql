-- OAuth 2 and OpenID Connect: the keys that sign tokens, what the authorization server must remember, clients with
-- redirects, service accounts with their keys and personal access tokens.

-- Key pairs of the installation. The newest whose time to sign has come signs; the others are published all the same: one
-- that is to sign soon, so that clients learn of it before, and earlier ones until what they signed has expired.
create table signing_keys (
  id uuid primary key,
  -- sealed with the master key
  private_key_sealed bytea not null,
  public_jwk jsonb not null,
  signs_from timestamptz not null,
  created_at timestamptz not null default now()
);

-- Codes, tokens, grants, sessions and interactions under way, each under the SHA-256 of its id: the id is the secret that
-- its holder shows. They belong to the installation; whoever uses a token looks up whose it is.
create table oidc_records (
  model text not null,
  id_hash bytea not null,
  -- text, since jsonb refuses U+0000, and what a client sends comes back in it
  payload text not null,
  client_id text,
  -- an administrator's id or a service account's user id
  subject text,
  grant_hash bytea,
  -- of a session: what tokens name it by; of a token that ends with its session: that session
  session_uid text,
  expires_at timestamptz not null,
  consumed_at timestamptz,
  primary key (model, id_hash)
);
create index oidc_records_by_grant on oidc_records (grant_hash) where grant_hash is not null;
create index oidc_records_by_session on oidc_records (session_uid) where session_uid is not null;
create index oidc_records_by_client on oidc_records (client_id) where client_id is not null;
create index oidc_records_by_expiry on oidc_records (expires_at);

-- A client without a secret is public: it proves itself by PKCE alone.
alter table oauth_clients
  alter column secret_hash drop not null,
  add column redirect_uris text[] not null default '{}',
  add column post_logout_redirect_uris text[] not null default '{}',
  add column updated_at timestamptz not null default now();

create table service_accounts (
  account_id uuid not null references accounts (id),
  id uuid not null,
  -- 18 digits: what its assertions and tokens name it by
  user_id text not null unique,
  name text not null,
  role text not null check (role in ('owner', 'operator', 'sender', 'viewer')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, id)
);

create table service_account_keys (
  account_id uuid not null,
  id uuid not null,
  service_account_id uuid not null,
  -- 18 digits: the `kid` of its assertions
  key_id text not null unique,
  -- DER of a SubjectPublicKeyInfo
  public_key bytea not null,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (account_id, id),
  foreign key (account_id, service_account_id) references service_accounts (account_id, id) on delete cascade
);
create index service_account_keys_by_owner on service_account_keys (account_id, service_account_id);

create table personal_access_tokens (
  account_id uuid not null,
  id uuid not null,
  service_account_id uuid not null,
  token_hash bytea not null unique,
  name text not null,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (account_id, id),
  foreign key (account_id, service_account_id) references service_accounts (account_id, id) on delete cascade
);
create index personal_access_tokens_by_owner on personal_access_tokens (account_id, service_account_id);
