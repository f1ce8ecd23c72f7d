-- Which of a provider's own messages belong to which attempt, for carriers that find a message by its content: an outcome
-- that is unknown must not be settled by a message that is another attempt's. Written with the outcome; the key is what
-- keeps two processes from matching one message twice. Kept for as long as an outcome may be open, and some days more.
create table carrier_messages (
  account_id uuid not null,
  provider_id uuid not null,
  carrier_message_id text not null,
  message_id uuid not null,
  attempt integer not null,
  created_at timestamptz not null,
  primary key (account_id, provider_id, carrier_message_id)
);
-- rows come in the order of time: a few pages find those that are old
create index carrier_messages_by_age on carrier_messages using brin (created_at);
