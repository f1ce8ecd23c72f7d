-- Rows as version 4 of the schema holds them; later migrations must keep them. Never edited after its release.
insert into access_token_keys (id, key_sealed, retired_at) values
('01900000-0000-7000-8000-000000000401', '\x00', null),
('01900000-0000-7000-8000-000000000402', '\x00', now());
