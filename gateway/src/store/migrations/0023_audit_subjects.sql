-- The history of one thing: asked for by whoever looks at it. Everything else of the audit log is found by its time.
create index audit_subject on audit (account_id, subject, id);
