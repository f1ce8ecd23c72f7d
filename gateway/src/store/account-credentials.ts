// Credentials of accounts in the database: AWS keys (sealed) and public keys. Every statement is bound to the account, and
// to the kind: an AWS key is not found among the public keys.

import type {
  AccountCredential,
  AccountCredentialKind,
  AwsCredentials,
} from "../core/credentials/account-credential.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import { type AccountSid, type CredentialSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";
import { listPage, type Page, type PageQuery } from "./keyset-page.ts";

interface CredentialRow {
  account_id: Uuid;
  id: Uuid;
  kind: AccountCredentialKind;
  friendly_name: string | null;
  created_at: Date;
  updated_at: Date;
  [column: string]: unknown;
}

const columns = "account_id, id, kind, friendly_name, created_at, updated_at";

function toCredential(row: CredentialRow): AccountCredential {
  return {
    accountSid: sidOf("AC", row.account_id),
    sid: sidOf("CR", row.id),
    kind: row.kind,
    friendlyName: row.friendly_name,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** What the AWS keys of a credential are sealed for. */
export function awsContext(accountId: Uuid, id: Uuid): string {
  return `account_credentials.aws ${accountId} ${id}`;
}

export interface NewAccountCredential {
  readonly accountSid: AccountSid;
  readonly sid: CredentialSid;
  readonly friendlyName: string | null;
  /** `publicKey`: the DER of a SubjectPublicKeyInfo. */
  readonly content:
    | { readonly kind: "aws"; readonly aws: AwsCredentials }
    | { readonly kind: "public-key"; readonly publicKey: Uint8Array };
}

export async function insertAccountCredential(
  tx: Queryable,
  sealer: Sealer,
  { accountSid, sid, friendlyName, content }: NewAccountCredential,
): Promise<AccountCredential> {
  const [accountId, id] = [uuidOf(accountSid), uuidOf(sid)];
  const sealed =
    content.kind === "aws"
      ? sealer.seal(`${content.aws.accessKeyId}:${content.aws.secretAccessKey}`, awsContext(accountId, id))
      : null;
  const [row] = await tx.query<CredentialRow>(
    `insert into account_credentials (account_id, id, kind, friendly_name, aws_sealed, public_key)
     values ($1, $2, $3, $4, $5, $6) returning ${columns}`,
    [accountId, id, content.kind, friendlyName, sealed, content.kind === "public-key" ? content.publicKey : null],
  );
  if (row === undefined) throw new Error("an insert returned no row");
  return toCredential(row);
}

export interface CredentialTarget {
  readonly accountSid: AccountSid;
  readonly kind: AccountCredentialKind;
  readonly sid: CredentialSid;
}

const ONE = `select ${columns} from account_credentials where account_id = $1 and id = $2 and kind = $3`;

export async function findAccountCredential(
  db: Queryable,
  { accountSid, sid, kind }: CredentialTarget,
): Promise<AccountCredential | null> {
  const [row] = await db.query<CredentialRow>(ONE, [uuidOf(accountSid), uuidOf(sid), kind]);
  return row ? toCredential(row) : null;
}

/** The same, and nobody else changes or deletes it before the transaction ends. */
export async function lockAccountCredential(
  tx: Queryable,
  { accountSid, sid, kind }: CredentialTarget,
): Promise<AccountCredential | null> {
  const [row] = await tx.query<CredentialRow>(`${ONE} for update`, [uuidOf(accountSid), uuidOf(sid), kind]);
  return row ? toCredential(row) : null;
}

/** One kind of an account's credentials, newest first. */
export async function listAccountCredentials(
  db: Queryable,
  accountSid: AccountSid,
  kind: AccountCredentialKind,
  page: PageQuery,
): Promise<Page<AccountCredential>> {
  const select = `select ${columns} from account_credentials where account_id = $1 and kind = $2`;
  return await listPage(db, { select, values: [uuidOf(accountSid), kind] }, page, toCredential);
}

/** Resolves to the credential as it is then. Needs the lock. */
export async function renameAccountCredential(
  tx: Queryable,
  credential: AccountCredential,
  friendlyName: string | null,
): Promise<AccountCredential> {
  const [row] = await tx.query<CredentialRow>(
    `update account_credentials set friendly_name = $3, updated_at = now()
     where account_id = $1 and id = $2 returning ${columns}`,
    [uuidOf(credential.accountSid), uuidOf(credential.sid), friendlyName],
  );
  if (row === undefined) throw new Error("a credential that was locked is gone");
  return toCredential(row);
}

/** Needs the lock. */
export async function deleteAccountCredential(tx: Queryable, credential: AccountCredential): Promise<void> {
  const ids = [uuidOf(credential.accountSid), uuidOf(credential.sid)];
  await tx.query("delete from account_credentials where account_id = $1 and id = $2", ids);
}

const PUBLIC_KEY = {
  name: "account_public_key",
  text: "select public_key from account_credentials where account_id = $1 and id = $2 and kind = 'public-key'",
};

/** The DER of an account's public key; null if it has none under this SID. */
export async function findPublicKey(db: Queryable, accountSid: AccountSid, sid: CredentialSid): Promise<Buffer | null> {
  const [row] = await db.query<{ public_key: Buffer }>(PUBLIC_KEY, [uuidOf(accountSid), uuidOf(sid)]);
  return row?.public_key ?? null;
}
