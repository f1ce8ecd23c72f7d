// Personal access tokens of service accounts: bearer tokens that need no exchange, kept as hashes.

import assert from "node:assert";
import { hashSecret } from "../core/credentials/secrets.ts";
import { type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";
import {
  type KnownRow,
  type KnownServiceAccount,
  knownColumns,
  type ServiceAccount,
  toKnown,
} from "./service-accounts.ts";

export interface PersonalAccessToken {
  readonly id: Uuid;
  readonly name: string;
  /** Null: never. */
  readonly expiresAt: Date | null;
  readonly createdAt: Date;
  /** To about a minute; null: not yet. */
  readonly lastUsedAt: Date | null;
}

/** Whose the token is: what it and the following functions take of a service account. */
export type TokenOwner = Pick<ServiceAccount, "accountSid" | "id">;

const FIND = {
  name: "personal_access_token",
  text: `select t.id as token_id, ${knownColumns} from personal_access_tokens t
    join service_accounts s on s.account_id = t.account_id and s.id = t.service_account_id
    join accounts a on a.id = t.account_id
    where t.token_hash = $1 and (t.expires_at is null or t.expires_at > $2)`,
};

/** Found by the token's hash, so that the time of the lookup tells nothing of the token. */
export async function findTokenOwner(
  db: Queryable,
  token: string,
  now: Date,
): Promise<{ readonly tokenId: Uuid; readonly owner: KnownServiceAccount } | null> {
  const [row] = await db.query<KnownRow & { token_id: Uuid }>(FIND, [hashSecret(token), now]);
  return row === undefined ? null : { tokenId: row.token_id, owner: toKnown(row) };
}

interface TokenRow {
  id: Uuid;
  name: string;
  expires_at: Date | null;
  created_at: Date;
  last_used_at: Date | null;
}

const columns = "id, name, expires_at, created_at, last_used_at";

function toToken(row: TokenRow): PersonalAccessToken {
  const { id, name, expires_at: expiresAt, created_at: createdAt, last_used_at: lastUsedAt } = row;
  return { id, name, expiresAt, createdAt, lastUsedAt };
}

/** Oldest first, those that have expired too. */
export async function listPersonalAccessTokens(
  db: Queryable,
  { accountSid, id }: TokenOwner,
): Promise<PersonalAccessToken[]> {
  const rows = await db.query<TokenRow>(
    `select ${columns} from personal_access_tokens
     where account_id = $1 and service_account_id = $2 order by created_at, id`,
    [uuidOf(accountSid), id],
  );
  return rows.map(toToken);
}

export async function insertPersonalAccessToken(
  tx: Queryable,
  { accountSid, id }: TokenOwner,
  token: Omit<PersonalAccessToken, "createdAt" | "lastUsedAt"> & { readonly token: string },
): Promise<PersonalAccessToken> {
  const [row] = await tx.query<TokenRow>(
    `insert into personal_access_tokens (account_id, id, service_account_id, token_hash, name, expires_at)
     values ($1, $2, $3, $4, $5, $6) returning ${columns}`,
    [uuidOf(accountSid), token.id, id, hashSecret(token.token), token.name, token.expiresAt],
  );
  assert(row !== undefined, "an insert returns its row");
  return toToken(row);
}

/** Resolves to the token that was deleted; null: there was none. */
export async function deletePersonalAccessToken(
  tx: Queryable,
  { accountSid, id }: TokenOwner,
  tokenId: Uuid,
): Promise<PersonalAccessToken | null> {
  const [row] = await tx.query<TokenRow>(
    `delete from personal_access_tokens where account_id = $1 and service_account_id = $2 and id = $3
     returning ${columns}`,
    [uuidOf(accountSid), id, tokenId],
  );
  return row === undefined ? null : toToken(row);
}
