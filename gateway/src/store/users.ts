// People who sign in. An administrator acts for every account; anybody else for those in which they have a grant
// (user-grants.ts). Passwords are scrypt hashes. People belong to the installation: whoever reads for an account joins grants.

import type { Role } from "../core/access/principal.ts";
import type { AccountSid, Uuid } from "../core/ids.ts";
import { sidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

export interface User {
  readonly id: Uuid;
  /** In lower case. */
  readonly email: string;
  /** Empty: they have not said. */
  readonly name: string;
  readonly administrator: boolean;
  /** Null: they may sign in. */
  readonly disabledAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface UserRow {
  id: Uuid;
  email: string;
  name: string;
  administrator: boolean;
  disabled_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

const columns = "id, email, name, administrator, disabled_at, created_at, updated_at";

function toUser(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    administrator: row.administrator,
    disabledAt: row.disabled_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export interface UserWithPassword extends User {
  readonly passwordHash: string;
  /** The password was set by a link that an administrator made, so the e-mail address is theirs. */
  readonly isVouched: boolean;
}

type PasswordRow = UserRow & { password_hash: string; vouched: boolean };

function toUserWithPassword(row: PasswordRow): UserWithPassword {
  return { ...toUser(row), passwordHash: row.password_hash, isVouched: row.vouched };
}

const BY_EMAIL = {
  name: "user_by_email",
  text: `select ${columns}, password_hash, vouched from users where email = $1`,
};

/** E-mail addresses are compared in lower case. */
export async function findUserByEmail(db: Queryable, email: string): Promise<UserWithPassword | null> {
  const [row] = await db.query<PasswordRow & Record<string, unknown>>(BY_EMAIL, [email.toLowerCase()]);
  return row ? toUserWithPassword(row) : null;
}

const BY_ID = { name: "user_by_id", text: `select ${columns} from users where id = $1` };

/** Also one who is disabled. */
export async function findUserById(db: Queryable, id: Uuid): Promise<User | null> {
  const [row] = await db.query<UserRow>(BY_ID, [id]);
  return row ? toUser(row) : null;
}

/** The person, whom nobody else changes before the transaction ends. */
export async function lockUser(tx: Queryable, id: Uuid): Promise<UserWithPassword | null> {
  const [row] = await tx.query<PasswordRow>(
    `select ${columns}, password_hash, vouched from users where id = $1 for update`,
    [id],
  );
  return row ? toUserWithPassword(row) : null;
}

export interface NewUser {
  readonly id: Uuid;
  readonly email: string;
  readonly name: string;
  readonly administrator: boolean;
  readonly passwordHash: string;
}

/** An administrator counts as vouched for. Resolves to false, and does nothing, when somebody has this e-mail address. */
export async function insertUser(db: Queryable, user: NewUser): Promise<boolean> {
  const rows = await db.query(
    `insert into users (id, email, name, administrator, vouched, password_hash) values ($1, $2, $3, $4, $4, $5)
     on conflict (email) do nothing returning id`,
    [user.id, user.email.toLowerCase(), user.name, user.administrator, user.passwordHash],
  );
  return rows.length > 0;
}

/** Needs the lock. */
export async function updateUser(
  tx: Queryable,
  { id, name, administrator, disabledAt }: Pick<User, "id" | "name" | "administrator" | "disabledAt">,
): Promise<void> {
  await tx.query("update users set name = $2, administrator = $3, disabled_at = $4, updated_at = now() where id = $1", [
    id,
    name,
    administrator,
    disabledAt,
  ]);
}

/** Needs the lock. */
export async function setUserPassword(tx: Queryable, id: Uuid, passwordHash: string): Promise<void> {
  await tx.query("update users set password_hash = $2, updated_at = now() where id = $1", [id, passwordHash]);
}

/** Needs the lock. Whether an administrator vouches that the e-mail address is theirs. */
export async function setVouched(tx: Queryable, id: Uuid, isVouched: boolean): Promise<void> {
  await tx.query("update users set vouched = $2 where id = $1", [id, isVouched]);
}

/** With their grants, and links that were made for them. */
export async function deleteUser(tx: Queryable, id: Uuid): Promise<void> {
  await tx.query("delete from users where id = $1", [id]);
}

/**
 * Needs the lock. Resolves to when they signed in, in whole seconds since the Unix epoch: never in a second whose sign-ins
 * are over, and never before an earlier sign-in, whatever the clocks of several processes say.
 */
export async function noteSignIn(tx: Queryable, id: Uuid, at: Date): Promise<number> {
  const [row] = await tx.query<{ last_sign_in_at: Date }>(
    `update users set last_sign_in_at = greatest($2::timestamptz, last_sign_in_at, signed_out_at + interval '1 second')
     where id = $1 returning last_sign_in_at`,
    [id, at],
  );
  return Math.floor((row?.last_sign_in_at ?? at).getTime() / 1000);
}

/** Every sign-in so far is over. Until the transaction ends, nothing that belongs to one can be stored (oidc-records.ts). */
export async function endSignIns(tx: Queryable, id: Uuid): Promise<void> {
  await tx.query(
    `update users set signed_out_at = date_trunc('second', greatest(now(), last_sign_in_at, signed_out_at))
     where id = $1`,
    [id],
  );
}

/** Nobody else makes or unmakes administrators before the transaction ends. Resolves to the ids of those who may sign in. */
export async function lockAdministrators(tx: Queryable): Promise<Uuid[]> {
  await tx.query("select pg_advisory_xact_lock(hashtext('trunkline administrators'))");
  const rows = await tx.query<{ id: Uuid }>("select id from users where administrator and disabled_at is null");
  return rows.map(({ id }) => id);
}

export interface UserAccount {
  readonly accountSid: AccountSid;
  readonly friendlyName: string;
  readonly role: Role;
}

export interface ListedUser extends User {
  /** Null: never. */
  readonly lastSignInAt: Date | null;
  /** The oldest grants, a few of many. */
  readonly accounts: readonly UserAccount[];
}

const accountsShown = 50;

const LIST = {
  name: "users_list",
  text: `select u.id, u.email, u.name, u.administrator, u.disabled_at, u.created_at, u.updated_at, u.last_sign_in_at,
      coalesce(g.accounts, '[]'::json) as accounts
    from users u left join lateral (
      select json_agg(json_build_object('id', first.account_id, 'name', first.friendly_name, 'role', first.role)) as accounts
      from (select g.account_id, a.friendly_name, g.role from user_grants g join accounts a on a.id = g.account_id
        where g.user_id = u.id order by g.created_at, g.account_id limit $3) as first) g on true
    where ($1::uuid is null or u.id > $1) and ($4::text = '' or u.email like $4 || '%')
    order by u.id limit $2`,
};

type ListRow = UserRow & {
  last_sign_in_at: Date | null;
  accounts: readonly { readonly id: Uuid; readonly name: string; readonly role: Role }[];
};

/** Oldest first, behind the person `after`; `emailPrefix` in lower case. */
export async function listUsers(
  db: Queryable,
  { after, limit, emailPrefix }: { readonly after: Uuid | null; readonly limit: number; readonly emailPrefix: string },
): Promise<ListedUser[]> {
  const prefix = emailPrefix.replace(/[\\%_]/g, "\\$&");
  const rows = await db.query<ListRow>(LIST, [after, limit, accountsShown, prefix]);
  return rows.map((row) => ({
    ...toUser(row),
    lastSignInAt: row.last_sign_in_at,
    accounts: row.accounts.map(({ id, name, role }) => ({ accountSid: sidOf("AC", id), friendlyName: name, role })),
  }));
}
