-- What bulk contacts, the safe list and geo permissions keep.

-- Where a contact is: what quiet hours go by.
create table contacts (
  account_id uuid not null references accounts (id),
  -- E.164
  contact text not null,
  -- ISO 3166-1 alpha-2
  country text not null,
  postal_code text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, contact)
);

-- Numbers that protection and geo permissions leave alone. Consent does not.
create table safe_list (
  account_id uuid not null references accounts (id),
  -- E.164; or a thousand numbers at once, with xxx in the place of the last three digits
  number text not null,
  id uuid not null,
  created_at timestamptz not null default now(),
  primary key (account_id, number)
);

-- Countries (ISO 3166-1 alpha-2) that an account does not send to. No row: it sends to all.
create table geo_permissions (
  account_id uuid primary key references accounts (id),
  disabled_countries text[] not null default '{}',
  updated_at timestamptz not null default now()
);

-- Dispatch asks for all opt-outs of a contact: which sender a pool will choose is not known yet.
create index consents_opted_out on consents (account_id, contact) where status = 'opt-out';
