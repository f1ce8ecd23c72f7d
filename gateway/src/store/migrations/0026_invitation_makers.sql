-- Links end with the right of whoever made them; and whom an administrator vouched for is known.

-- null: made with a key; no reference, so that making a link never waits for a change of its maker
alter table invitations add column made_by uuid;
create index invitations_by_maker on invitations (made_by) where made_by is not null;

-- their password was set by a link that an administrator made for them, so the e-mail address is theirs
alter table users add column vouched boolean not null default false;
update users set vouched = administrator;
