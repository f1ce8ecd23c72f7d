-- Whoever is signed out everywhere: sign-ins of that second or earlier are over, whichever request still knows of them.

alter table users add column signed_out_at timestamptz;
