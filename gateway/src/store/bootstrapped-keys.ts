// Which keys of an account the bootstrap file names. A mark and nothing else: the keys themselves stay as they are.

import { hashSecret } from "../core/credentials/secrets.ts";
import { type AccountSid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

interface NamedKeys {
  readonly apiKeySids: readonly string[];
  /** In the clear. */
  readonly accessKeys: readonly string[];
  readonly clientIds: readonly string[];
}

/** Marks these, and takes the mark from all others of the account. */
export async function markBootstrapped(tx: Queryable, accountSid: AccountSid, named: NamedKeys): Promise<void> {
  await mark(tx, accountSid, "api_keys", ["id = any($2::uuid[])", named.apiKeySids.map(uuidOf)]);
  await mark(tx, accountSid, "access_keys", ["key_hash = any($2::bytea[])", named.accessKeys.map(hashSecret)]);
  await mark(tx, accountSid, "oauth_clients", ["client_id = any($2::text[])", named.clientIds]);
}

async function mark(
  tx: Queryable,
  accountSid: AccountSid,
  table: "api_keys" | "access_keys" | "oauth_clients",
  [isNamed, values]: readonly [string, readonly unknown[]],
): Promise<void> {
  const text = `update ${table} set bootstrapped = (${isNamed}) where account_id = $1 and bootstrapped <> (${isNamed})`;
  await tx.query(text, [uuidOf(accountSid), values]);
}
