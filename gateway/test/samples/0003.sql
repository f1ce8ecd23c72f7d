-- Rows as version 3 of the schema holds them; later migrations must keep them. Never edited after its release.
insert into contacts (account_id, contact, country, postal_code)
values ('01900000-0000-7000-8000-000000000001', '+12025550101', 'US', '20001');
insert into safe_list (account_id, number, id)
values ('01900000-0000-7000-8000-000000000001', '+18001234xxx', '01900000-0000-7000-8000-000000000031');
insert into geo_permissions (account_id, disabled_countries)
values ('01900000-0000-7000-8000-000000000001', '{FR,DE}');
