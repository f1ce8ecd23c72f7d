-- Rows as version 15 of the schema holds them; later migrations must keep them. Never edited after its release.
insert into notification_settings (account_id, document)
select id, '{"deliveryMode": "ALL"}' from accounts order by id limit 1;
insert into notification_policies (account_id, id, name, is_default, document)
select id, id, 'Standard', true, '{"quotas": [], "countryLimit": {"type": "NONE"}}' from accounts order by id limit 1;
insert into notification_judged (account_id, message_id, judged_at)
select account_id, id, now() from messages order by id limit 1;
insert into notification_counters (account_id, recipient, day, total)
select account_id, '', 20000, 3 from messages order by id limit 1;
insert into notification_series (account_id, recipient, sends, last_at, touched_at)
select account_id, '+12025550142', 1, now(), now() from messages order by id limit 1;
