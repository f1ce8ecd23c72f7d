-- Keys that the bootstrap file names: whoever deletes one has to know that the next start makes it again.

alter table api_keys add column bootstrapped boolean not null default false;
alter table access_keys add column bootstrapped boolean not null default false;
alter table oauth_clients add column bootstrapped boolean not null default false;
