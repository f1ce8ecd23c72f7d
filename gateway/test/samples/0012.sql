-- Rows as version 12 of the schema holds them; later migrations must keep them. Never edited after its release.
insert into protection_settings (account_id, mode, document)
select id, 'deny', '{"quietHours": {"enabled": true}}' from accounts order by id limit 1;
insert into protection_judged (account_id, message_id, judged_at)
select account_id, id, now() from messages order by id limit 1;
insert into protection_counters (account_id, scope, key, since_minute, minute, in_minute, in_ten_minutes, in_hour, day, peak)
select account_id, 'prefix', '+1246555', 29000000, 29000000, 1, 2, 3, 20138, 4 from messages order by id limit 1;
insert into protection_texts (account_id, digest, message_id, sent_at, repeats_until)
select account_id, '\x00', id, now(), now() from messages order by id limit 1;
insert into protection_decisions (account_id, id, message_id, has_media, rule, action, mode, error_code, explanation, numbers)
select account_id, id, id, false, 'prefix-burst', 'denied', 'deny', 30450, 'Because.', '{}' from messages order by id limit 1;
