-- Rotations of credentials: a stored sequence of steps, taken up again by whichever process comes next.

create table rotations (
  account_id uuid not null references accounts (id),
  id uuid not null,
  -- null: the account's own auth token
  provider_id uuid,
  kind text not null check (kind in ('auth-token', 'api-key', 'own-auth-token')),
  state text not null check (state in ('running', 'rolling-back', 'done', 'rolled-back', 'failed')),
  -- what is to be done next; null: nothing any more
  step text,
  -- [{step, state, at, tries, detail}], oldest first: what the outside is shown
  steps jsonb not null default '[]',
  -- tries of the present step
  tries integer not null default 0,
  -- why it was rolled back, or failed
  reason text,
  -- {old: {…}, new: {…}}, sealed; null once nothing of it is needed
  credentials_sealed bytea,
  -- how long both tokens live side by side, for an account's own
  overlap_seconds integer,
  started_by text not null,
  roll_back_requested boolean not null default false,
  due_at timestamptz,
  lease_until timestamptz,
  claim integer not null default 0,
  created_at timestamptz not null,
  finished_at timestamptz,
  primary key (account_id, id),
  foreign key (account_id, provider_id) references providers (account_id, id) on delete cascade
);
create unique index rotations_running on rotations (account_id, provider_id) nulls not distinct
  where state in ('running', 'rolling-back');
create index rotations_due on rotations (due_at) where due_at is not null;
create index rotations_by_provider on rotations (account_id, provider_id, id);
