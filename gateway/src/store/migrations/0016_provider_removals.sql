-- The number and time of the last removal of one of an account's providers: what was changed last is known although the
-- row is gone.
alter table accounts
  add column provider_removed_sequence bigint,
  add column provider_removed_at timestamptz,
  add check ((provider_removed_sequence is null) = (provider_removed_at is null));
