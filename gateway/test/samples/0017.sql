-- Rows as version 17 of the schema holds them; later migrations must keep them. Never edited after its release.
insert into retired_providers (account_id, id, kind, name, config, retired_at)
values ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000001701', 'twilio', 'upstream',
  '{"accountSid": "AC1"}', now());
insert into report_pollers (account_id, provider_id, lease_until)
values ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000001701', now());
