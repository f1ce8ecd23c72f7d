// What the authorization server remembers: codes, tokens, grants, sessions and interactions, each under the hash of its id,
// so that the database holds nothing that could be shown as a token or a session cookie.

import { createHash } from "node:crypto";
import type { Uuid } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

/** The name of a model of the authorization server, such as `AccessToken`. */
export type OidcModel = string;

export interface OidcRecord {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly consumedAt: Date | null;
}

export interface NewOidcRecord {
  readonly model: OidcModel;
  readonly id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly expiresAt: Date;
  readonly clientId: string | null;
  /** Whose it is: a person's id, or a service account's user id. */
  readonly subject: string | null;
  /** Whose sign-in it comes from; null: no person's. */
  readonly person: Uuid | null;
  /** When they signed in; null: it does not say. */
  readonly signedInAt: Date | null;
  readonly grantId: string | null;
  /** Of a session, what names it; of a token that ends with its session, that session. */
  readonly sessionUid: string | null;
}

interface RecordRow {
  payload: string;
  consumed_at: Date | null;
}

export function hashId(id: string): Buffer {
  return createHash("sha256").update(id, "utf8").digest();
}

function toRecord(row: RecordRow | undefined): OidcRecord | null {
  if (row === undefined) return null;
  return { payload: JSON.parse(row.payload) as Record<string, unknown>, consumedAt: row.consumed_at };
}

// A sign-out everywhere changes the person's row before it deletes: whoever stores waits for it, and then sees it.
const UPSERT = {
  name: "oidc_record_upsert",
  text: `with signed_in as materialized (
      select 1 from users where id = $9 and ($10::timestamptz is null or signed_out_at is null or $10 > signed_out_at)
      for share)
    insert into oidc_records
      (model, id_hash, payload, client_id, subject, grant_hash, session_uid, expires_at)
    select $1::text, $2::bytea, $3, $4::text, $5::text, $6::bytea, $7::text, $8::timestamptz
    where $9::uuid is null or exists (select 1 from signed_in)
    on conflict (model, id_hash) do update set payload = excluded.payload, client_id = excluded.client_id,
      subject = excluded.subject, grant_hash = excluded.grant_hash, session_uid = excluded.session_uid,
      expires_at = excluded.expires_at`,
};

/** Stores nothing for a person who is no more, or who was signed out everywhere since that sign-in. */
export async function upsertOidcRecord(db: Queryable, record: NewOidcRecord): Promise<void> {
  await db.query(UPSERT, [
    record.model,
    hashId(record.id),
    JSON.stringify(record.payload),
    record.clientId,
    record.subject,
    record.grantId === null ? null : hashId(record.grantId),
    record.sessionUid,
    record.expiresAt,
    record.person,
    record.signedInAt,
  ]);
}

const FIND = {
  name: "oidc_record_find",
  text: "select payload, consumed_at from oidc_records where model = $1 and id_hash = $2",
};

/** Also one that has expired, until it is dropped. */
export async function findOidcRecord(db: Queryable, model: OidcModel, id: string): Promise<OidcRecord | null> {
  const [row] = await db.query<RecordRow>(FIND, [model, hashId(id)]);
  return toRecord(row);
}

const FIND_SESSION = {
  name: "oidc_record_session",
  text: "select payload, consumed_at from oidc_records where model = 'Session' and session_uid = $1",
};

export async function findOidcSession(db: Queryable, uid: string): Promise<OidcRecord | null> {
  const [row] = await db.query<RecordRow>(FIND_SESSION, [uid]);
  return toRecord(row);
}

const CONSUME = {
  name: "oidc_record_consume",
  text: `update oidc_records set consumed_at = $3 where model = $1 and id_hash = $2 and consumed_at is null
    returning 1 as one`,
};

/** Marks it as used. Resolves to false when it has been already: of several that try at once, one succeeds. */
export async function consumeOidcRecord(db: Queryable, model: OidcModel, id: string, at: Date): Promise<boolean> {
  return (await db.query(CONSUME, [model, hashId(id), at])).length > 0;
}

/** The hash of the grant that a record belongs to; null: of none. */
export async function findGrantHash(db: Queryable, model: OidcModel, id: string): Promise<Buffer | null> {
  const [row] = await db.query<{ grant_hash: Buffer | null }>(
    "select grant_hash from oidc_records where model = $1 and id_hash = $2",
    [model, hashId(id)],
  );
  return row?.grant_hash ?? null;
}

export async function deleteOidcRecord(db: Queryable, model: OidcModel, id: string): Promise<void> {
  await db.query("delete from oidc_records where model = $1 and id_hash = $2", [model, hashId(id)]);
}

export async function deleteOidcRecordsOfGrant(db: Queryable, model: OidcModel, grantId: string): Promise<void> {
  await db.query("delete from oidc_records where grant_hash = $2 and model = $1", [model, hashId(grantId)]);
}

/** Ends a grant with every code and token of it. */
export async function endGrant(db: Queryable, grantHash: Uint8Array): Promise<void> {
  await db.query("delete from oidc_records where grant_hash = $1 or (model = 'Grant' and id_hash = $1)", [grantHash]);
}

/** Ends every code, token and grant that a client holds. */
export async function deleteOidcRecordsOfClient(tx: Queryable, clientId: string): Promise<void> {
  await tx.query("delete from oidc_records where client_id = $1", [clientId]);
}

/** Ends every session, code, token and grant of a person or service account. */
export async function deleteOidcRecordsOfSubject(tx: Queryable, subject: string): Promise<void> {
  await tx.query("delete from oidc_records where subject = $1", [subject]);
}

/** Drops up to `limit` records that have expired; resolves to how many. */
export async function dropExpiredOidcRecords(db: Queryable, now: Date, limit: number): Promise<number> {
  const rows = await db.query(
    `delete from oidc_records where (model, id_hash) in (
       select model, id_hash from oidc_records where expires_at < $1 limit $2 for update skip locked)
     returning 1 as one`,
    [now, limit],
  );
  return rows.length;
}
