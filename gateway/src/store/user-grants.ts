// Which role a person has in which account. What is asked for an account is bound to that account; what authentication asks
// is bound to the person.

import type { Role } from "../core/access/principal.ts";
import type { AccountContext, AccountStatus } from "../core/accounts/account.ts";
import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

/** An account as somebody reaches it. */
export interface ReachedAccount extends AccountContext {
  readonly role: Role;
}

export interface Person {
  readonly administrator: boolean;
  /** Their first grant, of an active account if there is one; null: they have none. */
  readonly grant: ReachedAccount | null;
}

const PERSON = {
  name: "user_grant_first",
  text: `select u.administrator, g.account_id, g.role, g.status from users u left join lateral (
      select g.account_id, g.role, a.status from user_grants g join accounts a on a.id = g.account_id
      where g.user_id = u.id order by (a.status = 'active') desc, g.created_at, g.account_id limit 1) g on true
    where u.id = $1 and u.disabled_at is null`,
};

interface PersonRow {
  administrator: boolean;
  account_id: Uuid | null;
  role: Role;
  status: AccountStatus;
}

/** Null: there is nobody of that id, or they are disabled. */
export async function findPerson(db: Queryable, id: Uuid): Promise<Person | null> {
  const [row] = await db.query<PersonRow & Record<string, unknown>>(PERSON, [id]);
  if (row === undefined) return null;
  const { administrator, account_id: accountId, role, status } = row;
  const grant =
    accountId === null ? null : { accountSid: sidOf<AccountSid>("AC", accountId), accountStatus: status, role };
  return { administrator, grant };
}

const ONE = {
  name: "user_grant_one",
  text: `select g.role, a.status from user_grants g
    join accounts a on a.id = g.account_id join users u on u.id = g.user_id
    where g.account_id = $1 and g.user_id = $2 and u.disabled_at is null`,
};

/** Null: the person has no role in the account. */
export async function findGrant(db: Queryable, accountSid: AccountSid, userId: Uuid): Promise<ReachedAccount | null> {
  const [row] = await db.query<{ role: Role; status: AccountStatus }>(ONE, [uuidOf(accountSid), userId]);
  return row ? { accountSid, accountStatus: row.status, role: row.role } : null;
}

/** The role of the grant, which nobody else changes before the transaction ends; null: there is none. */
export async function lockGrant(tx: Queryable, accountSid: AccountSid, userId: Uuid): Promise<Role | null> {
  const [row] = await tx.query<{ role: Role }>(
    "select role from user_grants where account_id = $1 and user_id = $2 for update",
    [uuidOf(accountSid), userId],
  );
  return row?.role ?? null;
}

/** Also in place of one that there is. */
export async function putGrant(tx: Queryable, accountSid: AccountSid, userId: Uuid, role: Role): Promise<void> {
  await tx.query(
    `insert into user_grants (account_id, user_id, role) values ($1, $2, $3)
     on conflict (account_id, user_id) do update set role = excluded.role, updated_at = now()`,
    [uuidOf(accountSid), userId, role],
  );
}

export async function deleteGrant(tx: Queryable, accountSid: AccountSid, userId: Uuid): Promise<void> {
  await tx.query("delete from user_grants where account_id = $1 and user_id = $2", [uuidOf(accountSid), userId]);
}

/** Has somebody of this e-mail address, in lower case, a role in the account? */
export async function isMember(db: Queryable, accountSid: AccountSid, email: string): Promise<boolean> {
  const rows = await db.query(
    "select from user_grants g join users u on u.id = g.user_id where g.account_id = $1 and u.email = $2",
    [uuidOf(accountSid), email],
  );
  return rows.length > 0;
}

/** Everybody with a role in the account. */
export async function countGrants(db: Queryable, accountSid: AccountSid): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    "select count(*)::integer as count from user_grants where account_id = $1",
    [uuidOf(accountSid)],
  );
  return row?.count ?? 0;
}

export interface Member {
  /** Of the person, or of the invitation. */
  readonly id: Uuid;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly state: "active" | "invited" | "disabled";
  readonly createdAt: Date;
  /** Since they have a role here; null: not yet. */
  readonly lastSignInAt: Date | null;
  /** Of the invitation's link. */
  readonly expiresAt: Date | null;
}

interface MemberRow {
  id: Uuid;
  email: string;
  name: string;
  role: Role;
  state: Member["state"];
  created_at: Date;
  last_sign_in_at: Date | null;
  expires_at: Date | null;
}

const MEMBERS = {
  name: "user_grant_members",
  text: `select g.user_id as id, u.email, u.name, g.role,
      case when u.disabled_at is null then 'active' else 'disabled' end as state, g.created_at,
      case when u.last_sign_in_at >= g.created_at then u.last_sign_in_at end as last_sign_in_at,
      null::timestamptz as expires_at
    from user_grants g join users u on u.id = g.user_id where g.account_id = $1 and ($2::uuid is null or g.user_id = $2)
    union all
    select id, email, '', role, 'invited', created_at, null, expires_at
    from invitations where account_id = $1 and purpose = 'access' and ($2::uuid is null or id = $2)
    order by created_at, id limit $3`,
};

function toMember(row: MemberRow): Member {
  const { created_at: createdAt, last_sign_in_at: lastSignInAt, expires_at: expiresAt, ...rest } = row;
  return { ...rest, createdAt, lastSignInAt, expiresAt };
}

/** Oldest first. */
export async function listMembers(db: Queryable, accountSid: AccountSid, limit: number): Promise<Member[]> {
  const rows = await db.query<MemberRow & Record<string, unknown>>(MEMBERS, [uuidOf(accountSid), null, limit]);
  return rows.map(toMember);
}

export async function findMember(db: Queryable, accountSid: AccountSid, id: Uuid): Promise<Member | null> {
  const [row] = await db.query<MemberRow & Record<string, unknown>>(MEMBERS, [uuidOf(accountSid), id, 1]);
  return row === undefined ? null : toMember(row);
}

/** The accounts in which a person has a role, oldest grant first. */
export async function listGrantedAccounts(
  db: Queryable,
  userId: Uuid,
  limit: number,
): Promise<{ readonly accountSid: AccountSid; readonly role: Role }[]> {
  const rows = await db.query<{ account_id: Uuid; role: Role }>(
    "select account_id, role from user_grants where user_id = $1 order by created_at, account_id limit $2",
    [userId, limit],
  );
  return rows.map(({ account_id: id, role }) => ({ accountSid: sidOf("AC", id), role }));
}
