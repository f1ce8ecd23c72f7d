// OAuth clients as their owner sees them: listed, made, changed, deleted. Secrets are hashes (credentials.ts) and are never
// read here.

import type { Role } from "../core/access/principal.ts";
import type { AccountStatus } from "../core/accounts/account.ts";
import { hashSecret } from "../core/credentials/secrets.ts";
import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

export interface OauthClient {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  readonly clientId: string;
  readonly name: string;
  readonly role: Role;
  /** It has no secret. */
  readonly isPublic: boolean;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** To about a minute; null: not yet. */
  readonly lastUsedAt: Date | null;
}

interface ClientRow {
  account_id: Uuid;
  id: Uuid;
  client_id: string;
  name: string;
  role: Role;
  is_public: boolean;
  redirect_uris: string[];
  post_logout_redirect_uris: string[];
  created_at: Date;
  updated_at: Date;
  last_used_at: Date | null;
}

const columns = `c.account_id, c.id, c.client_id, c.name, c.role, c.secret_hash is null as is_public, c.redirect_uris,
  c.post_logout_redirect_uris, c.created_at, c.updated_at, c.last_used_at`;

function toClient(row: ClientRow): OauthClient {
  return {
    accountSid: sidOf("AC", row.account_id),
    id: row.id,
    clientId: row.client_id,
    name: row.name,
    role: row.role,
    isPublic: row.is_public,
    redirectUris: row.redirect_uris,
    postLogoutRedirectUris: row.post_logout_redirect_uris,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastUsedAt: row.last_used_at,
  };
}

interface RegisteredClient {
  readonly client: OauthClient;
  readonly accountStatus: AccountStatus;
  readonly accountName: string;
}

const REGISTERED = {
  name: "oauth_client_registered",
  text: `select ${columns}, a.status, a.friendly_name as account_name from oauth_clients c join accounts a on a.id = c.account_id where c.client_id = $1`,
};

/** For the authorization server, which knows no account until it knows the client. */
export async function findRegisteredClient(db: Queryable, clientId: string): Promise<RegisteredClient | null> {
  const [row] = await db.query<ClientRow & { status: AccountStatus; account_name: string }>(REGISTERED, [clientId]);
  if (row === undefined) return null;
  return { client: toClient(row), accountStatus: row.status, accountName: row.account_name };
}

/** Oldest first; the services keep them few. */
export async function listOauthClients(db: Queryable, accountSid: AccountSid): Promise<OauthClient[]> {
  const rows = await db.query<ClientRow>(
    `select ${columns} from oauth_clients c where c.account_id = $1 order by c.created_at, c.id`,
    [uuidOf(accountSid)],
  );
  return rows.map(toClient);
}

export async function findOauthClient(db: Queryable, accountSid: AccountSid, id: Uuid): Promise<OauthClient | null> {
  const text = `select ${columns} from oauth_clients c where c.account_id = $1 and c.id = $2`;
  const [row] = await db.query<ClientRow>(text, [uuidOf(accountSid), id]);
  return row === undefined ? null : toClient(row);
}

/** The client, which nobody else changes or deletes before the transaction ends. */
export async function lockOauthClient(tx: Queryable, accountSid: AccountSid, id: Uuid): Promise<OauthClient | null> {
  const text = `select ${columns} from oauth_clients c where c.account_id = $1 and c.id = $2 for update`;
  const [row] = await tx.query<ClientRow>(text, [uuidOf(accountSid), id]);
  return row === undefined ? null : toClient(row);
}

export async function countOauthClients(db: Queryable, accountSid: AccountSid): Promise<number> {
  const text = "select count(*)::integer as count from oauth_clients where account_id = $1";
  const [row] = await db.query<{ count: number }>(text, [uuidOf(accountSid)]);
  return row?.count ?? 0;
}

/** `secret` null: a public client. */
export async function insertOauthClient(
  tx: Queryable,
  client: Omit<OauthClient, "isPublic" | "createdAt" | "updatedAt" | "lastUsedAt">,
  secret: string | null,
): Promise<void> {
  await tx.query(
    `insert into oauth_clients
       (account_id, id, client_id, secret_hash, name, role, redirect_uris, post_logout_redirect_uris)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      uuidOf(client.accountSid),
      client.id,
      client.clientId,
      secret === null ? null : hashSecret(secret),
      client.name,
      client.role,
      client.redirectUris,
      client.postLogoutRedirectUris,
    ],
  );
}

/** Needs the lock. */
export async function updateOauthClient(
  tx: Queryable,
  client: Pick<OauthClient, "accountSid" | "id" | "name" | "role" | "redirectUris" | "postLogoutRedirectUris">,
): Promise<void> {
  await tx.query(
    `update oauth_clients set name = $3, role = $4, redirect_uris = $5, post_logout_redirect_uris = $6,
       updated_at = now() where account_id = $1 and id = $2`,
    [
      uuidOf(client.accountSid),
      client.id,
      client.name,
      client.role,
      client.redirectUris,
      client.postLogoutRedirectUris,
    ],
  );
}

/** Needs the lock. The old secret ends. */
export async function replaceClientSecret(
  tx: Queryable,
  { accountSid, id }: Pick<OauthClient, "accountSid" | "id">,
  secret: string,
): Promise<void> {
  await tx.query(
    "update oauth_clients set secret_hash = $3, secret_changed_at = now(), updated_at = now() where account_id = $1 and id = $2",
    [uuidOf(accountSid), id, hashSecret(secret)],
  );
}

/** Needs the lock. */
export async function deleteOauthClient(
  tx: Queryable,
  { accountSid, id }: Pick<OauthClient, "accountSid" | "id">,
): Promise<void> {
  await tx.query("delete from oauth_clients where account_id = $1 and id = $2", [uuidOf(accountSid), id]);
}
