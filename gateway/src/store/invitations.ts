// Links by which somebody becomes a user, or sets a new password. Only a link's hash is kept; there is one of each purpose for
// an e-mail address in an account, so a later one takes the earlier one's place. Those of the installation have its account id.

import type { Role } from "../core/access/principal.ts";
import { hashSecret } from "../core/credentials/secrets.ts";
import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

/** `access`: a role in an account; `administrator`: every account; `password`: a new password for a person that there is. */
export type InvitationPurpose = "access" | "administrator" | "password";

export interface Invitation {
  readonly id: Uuid;
  readonly accountSid: AccountSid;
  readonly purpose: InvitationPurpose;
  /** In lower case. */
  readonly email: string;
  readonly role: Role;
  /** Of `password`: whose. */
  readonly userId: Uuid | null;
  /** Whose right it rests on: the link ends with that. Null: made with a key. */
  readonly madeBy: Uuid | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

interface InvitationRow {
  id: Uuid;
  account_id: Uuid;
  purpose: InvitationPurpose;
  email: string;
  role: Role;
  user_id: Uuid | null;
  made_by: Uuid | null;
  created_at: Date;
  expires_at: Date;
}

const columns = "id, account_id, purpose, email, role, user_id, made_by, created_at, expires_at";

/** Of `i`: whoever made it may still do so. Holds also for one made while its maker lost the right. */
const madeRightly = `(i.made_by is null or exists (select from users m where m.id = i.made_by and m.disabled_at is null
  and (m.administrator or (i.purpose = 'access' and exists (select from user_grants g
    where g.account_id = i.account_id and g.user_id = m.id and g.role = 'owner')))))`;

function toInvitation(row: InvitationRow): Invitation {
  return {
    id: row.id,
    accountSid: sidOf("AC", row.account_id),
    purpose: row.purpose,
    email: row.email,
    role: row.role,
    userId: row.user_id,
    madeBy: row.made_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

/** In place of an earlier one of the same purpose, account and e-mail address, whose link ends. */
export async function putInvitation(
  tx: Queryable,
  invitation: Omit<Invitation, "createdAt">,
  token: string,
): Promise<Invitation> {
  const { accountSid, purpose, email, role, userId, madeBy, id, expiresAt } = invitation;
  const [row] = await tx.query<InvitationRow>(
    `insert into invitations (account_id, id, purpose, email, role, user_id, token_hash, expires_at, made_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (account_id, purpose, email) do update set role = excluded.role, user_id = excluded.user_id,
       token_hash = excluded.token_hash, expires_at = excluded.expires_at, made_by = excluded.made_by, created_at = now()
     returning ${columns}`,
    [uuidOf(accountSid), id, purpose, email, role, userId, hashSecret(token), expiresAt, madeBy],
  );
  if (row === undefined) throw new Error("an upsert gave no row back");
  return toInvitation(row);
}

export interface OpenInvitation extends Invitation {
  /** Empty: of the installation. */
  readonly accountName: string;
  readonly accountStatus: string | null;
}

/** By its link. Null: there is none, it has been used, or has run out. */
export async function findInvitation(db: Queryable, token: string, now: Date): Promise<OpenInvitation | null> {
  const [row] = await db.query<InvitationRow & { friendly_name: string | null; status: string | null }>(
    `select ${columns.replace(/\w+/g, "i.$&")}, a.friendly_name, a.status
     from invitations i left join accounts a on a.id = i.account_id where i.token_hash = $1 and i.expires_at > $2
       and ${madeRightly}`,
    [hashSecret(token), now],
  );
  return row ? { ...toInvitation(row), accountName: row.friendly_name ?? "", accountStatus: row.status } : null;
}

/** Uses the link up: of several that try at once, one gets it. */
export async function takeInvitation(tx: Queryable, token: string, now: Date): Promise<Invitation | null> {
  const [row] = await tx.query<InvitationRow>(
    `delete from invitations i where token_hash = $1 and expires_at > $2 and ${madeRightly} returning ${columns}`,
    [hashSecret(token), now],
  );
  return row ? toInvitation(row) : null;
}

/** The invitation, which nobody else changes or uses before the transaction ends. */
export async function lockInvitation(tx: Queryable, accountSid: AccountSid, id: Uuid): Promise<Invitation | null> {
  const [row] = await tx.query<InvitationRow>(
    `select ${columns} from invitations where account_id = $1 and id = $2 for update`,
    [uuidOf(accountSid), id],
  );
  return row ? toInvitation(row) : null;
}

/** Needs the lock. */
export async function setInvitationRole(tx: Queryable, accountSid: AccountSid, id: Uuid, role: Role): Promise<void> {
  await tx.query("update invitations set role = $3 where account_id = $1 and id = $2", [uuidOf(accountSid), id, role]);
}

/** Needs the lock. */
export async function deleteInvitation(tx: Queryable, accountSid: AccountSid, id: Uuid): Promise<void> {
  await tx.query("delete from invitations where account_id = $1 and id = $2", [uuidOf(accountSid), id]);
}

/** Those that somebody made end: of one account, or (null) all. */
export async function endInvitationsBy(tx: Queryable, madeBy: Uuid, accountSid: AccountSid | null): Promise<void> {
  await tx.query("delete from invitations where made_by = $1 and ($2::uuid is null or account_id = $2)", [
    madeBy,
    accountSid === null ? null : uuidOf(accountSid),
  ]);
}

/** Links by which the person could set a password end. */
export async function endPasswordLinks(tx: Queryable, userId: Uuid): Promise<void> {
  await tx.query("delete from invitations where user_id = $1 and purpose = 'password'", [userId]);
}

/** Those of one purpose that are good, but for `email`'s. */
export async function countOpenInvitations(
  db: Queryable,
  accountSid: AccountSid,
  purpose: InvitationPurpose,
  { email, now }: { readonly email: string; readonly now: Date },
): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `select count(*)::integer as count from invitations
     where account_id = $1 and purpose = $2 and email <> $3 and expires_at > $4`,
    [uuidOf(accountSid), purpose, email, now],
  );
  return row?.count ?? 0;
}

/** Of one purpose, oldest first. */
export async function listInvitations(
  db: Queryable,
  accountSid: AccountSid,
  purpose: InvitationPurpose,
  limit: number,
): Promise<Invitation[]> {
  const rows = await db.query<InvitationRow>(
    `select ${columns} from invitations where account_id = $1 and purpose = $2 order by created_at, id limit $3`,
    [uuidOf(accountSid), purpose, limit],
  );
  return rows.map(toInvitation);
}

/** The list shows for so long that somebody did not come. */
const keptDays = 30;

/** Forgets up to `limit` invitations whose time ended long ago. Resolves to how many. */
export async function dropOldInvitations(db: Queryable, now: Date, limit: number): Promise<number> {
  const rows = await db.query(
    `delete from invitations where (account_id, id) in (
       select account_id, id from invitations
       where expires_at < $1::timestamptz - make_interval(days => ${keptDays}) limit $2 for update skip locked)
     returning 1 as dropped`,
    [now, limit],
  );
  return rows.length;
}
