-- Access keys that owners make: they may end, and a list shows which is which. When each key was last used, to about a
-- minute, without an index, so that noting it stays within the row's page. Since when the auth token is the primary one.

alter table access_keys
  -- the last four characters; null: the key is too short to show any of it
  add column hint text,
  -- null: never
  add column expires_at timestamptz,
  add column updated_at timestamptz not null default now(),
  add column last_used_at timestamptz;
alter table api_keys add column last_used_at timestamptz;
alter table endpoint_keys add column last_used_at timestamptz;
alter table oauth_clients add column last_used_at timestamptz;
alter table personal_access_tokens add column last_used_at timestamptz;
-- when a token was last got with it
alter table service_account_keys add column last_used_at timestamptz;

-- null: since the account was made
alter table accounts add column auth_token_promoted_at timestamptz;
