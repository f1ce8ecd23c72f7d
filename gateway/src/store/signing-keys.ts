// The key pairs that sign tokens, shared by every process; private keys are sealed.

import type { Sealer } from "../core/credentials/seal.ts";
import type { Uuid } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

export interface SigningKey {
  /** Also its `kid`. */
  readonly id: Uuid;
  /** RSA, as JWK with `kid`, `alg` and `use`. */
  readonly privateJwk: Readonly<Record<string, unknown>>;
  readonly publicJwk: Readonly<Record<string, unknown>>;
  readonly signsFrom: Date;
}

interface KeyRow {
  id: Uuid;
  private_key_sealed: Buffer;
  public_jwk: Record<string, unknown>;
  signs_from: Date;
}

/** What a private key is sealed for. */
export function signingKeyContext(id: Uuid): string {
  return `signing_keys.private_key ${id}`;
}

/** Newest first. */
export async function listSigningKeys(db: Queryable, sealer: Sealer): Promise<SigningKey[]> {
  const rows = await db.query<KeyRow>(
    "select id, private_key_sealed, public_jwk, signs_from from signing_keys order by signs_from desc, id desc",
  );
  return rows.map((row) => ({
    id: row.id,
    privateJwk: JSON.parse(sealer.open(row.private_key_sealed, signingKeyContext(row.id))) as Record<string, unknown>,
    publicJwk: row.public_jwk,
    signsFrom: row.signs_from,
  }));
}

/** One process at a time changes the keys; held until the end of the transaction. */
export async function lockSigningKeys(tx: Queryable): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('trunkline signing keys', 0))");
}

/** Needs the lock. */
export async function insertSigningKey(tx: Queryable, sealer: Sealer, key: SigningKey): Promise<void> {
  await tx.query("insert into signing_keys (id, private_key_sealed, public_jwk, signs_from) values ($1, $2, $3, $4)", [
    key.id,
    sealer.seal(JSON.stringify(key.privateJwk), signingKeyContext(key.id)),
    JSON.stringify(key.publicJwk),
    key.signsFrom,
  ]);
}

/** Needs the lock. */
export async function deleteSigningKey(tx: Queryable, id: Uuid): Promise<void> {
  await tx.query("delete from signing_keys where id = $1", [id]);
}
