-- Rows as version 7 of the schema holds them; later migrations must keep them. Never edited after its release.
insert into signing_keys (id, private_key_sealed, public_jwk, signs_from) values
('01900000-0000-7000-8000-000000000701', '\x00', '{}', now());
insert into oidc_records (model, id_hash, payload, client_id, subject, grant_hash, session_uid, expires_at, consumed_at) values
('RefreshToken', '\x01', '{}', 'client', 'subject', '\x02', 'session', now(), now());
insert into oauth_clients (account_id, id, client_id, secret_hash, name, role, redirect_uris) values
('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000702', 'public', null, 'Public', 'viewer',
  '{https://app.example.com/}');
insert into service_accounts (account_id, id, user_id, name, role) values
('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000703', '123456789012345670', 'Service', 'owner');
insert into service_account_keys (account_id, id, service_account_id, key_id, public_key) values
('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000704', '01900000-0000-7000-8000-000000000703',
  '123456789012345671', '\x00');
insert into personal_access_tokens (account_id, id, service_account_id, token_hash, name) values
('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000705', '01900000-0000-7000-8000-000000000703',
  '\x03', 'Token');
