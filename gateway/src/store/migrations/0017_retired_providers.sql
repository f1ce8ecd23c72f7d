-- Providers that are deleted but for one thing: what they took before may still be reported, called in or asked for. Nothing
-- is sent with them and no list has them; they are dropped once no report counts any more.
create table retired_providers (
  account_id uuid not null references accounts (id),
  id uuid not null,
  kind text not null,
  name text not null,
  config jsonb not null,
  -- sealed for the provider that it was
  secrets_sealed bytea,
  retired_at timestamptz not null,
  primary key (account_id, id)
);
create index retired_providers_by_id on retired_providers (id);
create index retired_providers_by_age on retired_providers (retired_at);

-- Those are asked, too.
alter table report_pollers drop constraint report_pollers_account_id_provider_id_fkey;
