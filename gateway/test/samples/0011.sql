-- Rows as version 11 of the schema holds them; later migrations must keep them. Never edited after its release.
insert into retention_settings (account_id, settings) values
('01900000-0000-7000-8000-000000000001', '{"messageDays": 90, "bodyDays": null}');
insert into retention_progress (account_id, bodies_before, pending) values
('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000001101', '{01900000-0000-7000-8000-000000001102}');
insert into address_masking (account_id, message_id, due_at) values
('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000001103', now());
