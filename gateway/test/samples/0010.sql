-- Rows as version 10 of the schema holds them; later migrations must keep them. Never edited after its release.
insert into keyword_settings (account_id, messaging_service_id, sender_id, settings) values
('01900000-0000-7000-8000-000000000001', null, null, '{"languages": ["de"]}'),
('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000003', null, '{"STOP": {"words": ["OUT"]}}'),
('01900000-0000-7000-8000-000000000001', null, '01900000-0000-7000-8000-000000000004', '{"HELP": {"reply": ""}}');
insert into consent_history (account_id, id, sender, contact, status, source, consented_at, via, actor, reference)
values ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000001001', '+12025550100', '+12025550123',
  'opt-out', 'opt-out-message', now(), 'keyword', null, 'SM01900000000070008000000000000005');
