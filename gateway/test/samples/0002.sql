-- Rows as version 2 of the schema holds them. Never edited after its release.
insert into account_credentials (account_id, id, kind, friendly_name, aws_sealed)
values ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000005', 'aws', 'Backups', '\x00');
insert into account_credentials (account_id, id, kind, public_key)
values ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000006', 'public-key', '\x00');
