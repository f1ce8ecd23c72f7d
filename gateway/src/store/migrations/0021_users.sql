-- People who sign in: administrators, who act for every account, and others, who have a role in some. Links by which they come.

alter table admins rename to users;
alter table users rename constraint admins_pkey to users_pkey;
alter table users rename constraint admins_email_key to users_email_key;
alter table users
  add column name text not null default '',
  -- those of earlier are administrators
  add column administrator boolean not null default true,
  -- null: they may sign in
  add column disabled_at timestamptz,
  add column last_sign_in_at timestamptz,
  add column updated_at timestamptz not null default now();
alter table users alter column administrator set default false;

create table user_grants (
  account_id uuid not null references accounts (id),
  user_id uuid not null references users (id) on delete cascade,
  role text not null check (role in ('owner', 'operator', 'sender', 'viewer')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, user_id)
);
create index user_grants_by_user on user_grants (user_id);

create table invitations (
  -- no reference: those of the installation have its id, which no account has
  account_id uuid not null,
  id uuid not null,
  purpose text not null check (purpose in ('access', 'administrator', 'password')),
  -- in lower case
  email text not null,
  role text not null check (role in ('owner', 'operator', 'sender', 'viewer')),
  -- of a new password: whose
  user_id uuid references users (id) on delete cascade,
  token_hash bytea not null unique,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  primary key (account_id, id),
  unique (account_id, purpose, email)
);
create index invitations_by_user on invitations (user_id) where user_id is not null;

-- Whoever is disabled, or has a new password, is signed out everywhere.
create index oidc_records_by_subject on oidc_records (subject) where subject is not null;
