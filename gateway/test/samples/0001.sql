-- Rows as version 1 of the schema holds them; later migrations must keep them. Never edited after its release.
insert into accounts (id, friendly_name, environment_id, tenant_id, resource_owner, auth_token_sealed)
values ('01900000-0000-7000-8000-000000000001', 'Acme', gen_random_uuid(), gen_random_uuid(), '123456789012345678', '\x00');
insert into providers (account_id, id, name, kind)
values ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002', 'Sandbox', 'sandbox');
insert into messaging_services (account_id, id, friendly_name)
values ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000003', 'Pool');
insert into senders (account_id, id, kind, address, provider_id, messaging_service_id, friendly_name)
values ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000004', 'number', '+12025550100',
  '01900000-0000-7000-8000-000000000002', '01900000-0000-7000-8000-000000000003', 'First');
insert into messages (account_id, id, direction, status, from_address, to_address, body, num_segments, num_media,
  created_at, updated_at, due_at)
values ('01900000-0000-7000-8000-000000000001', uuid_at(now()), 'outbound-api', 'queued', '+12025550100', '+12025550101',
  'Hello', 1, 0, now(), now(), now());
insert into attempts (account_id, message_id, attempt, provider_id, from_address, started_at)
select account_id, id, 1, '01900000-0000-7000-8000-000000000002', from_address, now() from messages;
insert into events (account_id, id, message_id, type) select account_id, id, id, 'message.accepted' from messages;
insert into callbacks (account_id, id, message_id, kind, url, origin, fields, due_at, expires_at)
select account_id, gen_random_uuid(), id, 'status', 'https://example.com/status', 'https://example.com', '[["MessageStatus", "queued"]]', now(), now()
from messages;
insert into consents (account_id, sender, contact, status, source, consented_at)
values ('01900000-0000-7000-8000-000000000001', '+12025550100', '+12025550101', 'opt-out', 'keyword', now());
