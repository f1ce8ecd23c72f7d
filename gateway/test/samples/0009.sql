-- Rows as version 9 of the schema holds them; later migrations must keep them. Never edited after its release.
insert into inbound_receipts (account_id, provider_id, upstream_id, message_id, received_at)
values ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000901', 'SM1',
  '01900000-0000-7000-8000-000000000902', now());
insert into report_polls (account_id, message_id, attempt, provider_id, carrier_message_id, sent_at, called_back, due_at)
values ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000903', 1,
  '01900000-0000-7000-8000-000000000901', 'SM2', now(), false, now());
