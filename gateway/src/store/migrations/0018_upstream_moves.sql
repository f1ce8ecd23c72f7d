-- Since when a provider leads to the upstream that it leads to now: what was handed over before is not there, so that
-- nothing follows from its absence. Null: since it was made.
alter table providers add column upstream_since timestamptz;

-- Whose the provider's message was thought to be before its rightful attempt was told of it: that one is open again.
alter table carrier_messages
  add column displaced_message_id uuid,
  add column displaced_attempt integer;
