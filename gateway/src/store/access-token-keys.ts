// The keys that sign access tokens, shared by every process: sealed, one of them current.

import type { Sealer } from "../core/credentials/seal.ts";
import { newUuid, type Uuid } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

export interface AccessTokenKey {
  readonly id: Uuid;
  /** 32 bytes. */
  readonly key: Buffer;
}

interface KeyRow {
  id: Uuid;
  key_sealed: Buffer;
}

/** What a signing key is sealed for. */
export function accessTokenKeyContext(id: Uuid): string {
  return `access_token_keys.key ${id}`;
}

function toKey(row: KeyRow | undefined, sealer: Sealer): AccessTokenKey | null {
  if (row === undefined) return null;
  return { id: row.id, key: Buffer.from(sealer.open(row.key_sealed, accessTokenKeyContext(row.id)), "base64") };
}

/** Also a retired key: it verifies what it signed. */
export async function findAccessTokenKey(db: Queryable, sealer: Sealer, id: Uuid): Promise<AccessTokenKey | null> {
  const text = "select id, key_sealed from access_token_keys where id = $1";
  const [row] = await db.query<KeyRow>({ name: "access_token_key_by_id", text }, [id]);
  return toKey(row, sealer);
}

export async function findCurrentAccessTokenKey(db: Queryable, sealer: Sealer): Promise<AccessTokenKey | null> {
  const text = "select id, key_sealed from access_token_keys where retired_at is null";
  const [row] = await db.query<KeyRow>({ name: "access_token_key_current", text });
  return toKey(row, sealer);
}

/** Makes `key` the current one, unless there is one: of several processes that try, one succeeds. */
export async function insertAccessTokenKey(db: Queryable, sealer: Sealer, key: Buffer): Promise<void> {
  const id = newUuid();
  await db.query("insert into access_token_keys (id, key_sealed) values ($1, $2) on conflict do nothing", [
    id,
    sealer.seal(key.toString("base64"), accessTokenKeyContext(id)),
  ]);
}
