// The two auth tokens of an account: the secondary one made, taken away, or put in the place of the primary. Each statement
// says by itself in which state it may happen, so that of two that come at once one finds nothing left to do.

import type { Sealer } from "../core/credentials/seal.ts";
import { hashSecret } from "../core/credentials/secrets.ts";
import { type AccountSid, type Uuid, uuidOf } from "../core/ids.ts";
import { tokenContext } from "./accounts.ts";
import type { Queryable } from "./database.ts";

/** Since when an account has its tokens. */
export interface TokenTimes {
  readonly primarySince: Date;
  /** Null: there is no secondary token. */
  readonly secondarySince: Date | null;
}

/** Null: there is no such account. */
export async function findTokenTimes(db: Queryable, sid: AccountSid): Promise<TokenTimes | null> {
  const [row] = await db.query<{ primary_since: Date; secondary_since: Date | null }>(
    `select coalesce(auth_token_promoted_at, created_at) as primary_since,
       case when secondary_auth_token_sealed is not null
         then coalesce(secondary_auth_token_created_at, updated_at) end as secondary_since
     from accounts where id = $1`,
    [uuidOf(sid)],
  );
  return row === undefined ? null : { primarySince: row.primary_since, secondarySince: row.secondary_since };
}

/** The primary token. Locks the account's row. */
export async function readPrimaryToken(tx: Queryable, sealer: Sealer, sid: AccountSid): Promise<string | null> {
  const id = uuidOf(sid);
  const [row] = await tx.query<{ sealed: Buffer }>(
    "select auth_token_sealed as sealed from accounts where id = $1 for no key update",
    [id],
  );
  return row === undefined ? null : sealer.open(row.sealed, tokenContext(id, "primary"));
}

/** Resolves to when it was made; null: the account has a secondary token already. */
export async function insertSecondaryToken(
  tx: Queryable,
  sealer: Sealer,
  sid: AccountSid,
  token: string,
): Promise<Date | null> {
  const id = uuidOf(sid);
  const [row] = await tx.query<{ at: Date }>(
    `update accounts
     set secondary_auth_token_sealed = $2, secondary_auth_token_hash = $3, secondary_auth_token_created_at = now(),
       updated_at = now()
     where id = $1 and secondary_auth_token_sealed is null
     returning secondary_auth_token_created_at as at`,
    [id, sealer.seal(token, tokenContext(id, "secondary")), hashSecret(token)],
  );
  return row?.at ?? null;
}

/** The secondary token; null: there is none. Locks the account's row. */
export async function readSecondaryToken(tx: Queryable, sealer: Sealer, sid: AccountSid): Promise<string | null> {
  const id = uuidOf(sid);
  const [row] = await tx.query<{ sealed: Buffer | null }>(
    "select secondary_auth_token_sealed as sealed from accounts where id = $1 for no key update",
    [id],
  );
  return row?.sealed == null ? null : sealer.open(row.sealed, tokenContext(id, "secondary"));
}

/** False: there was none. */
export async function deleteSecondaryToken(tx: Queryable, sid: AccountSid): Promise<boolean> {
  const rows = await tx.query<{ id: Uuid }>(
    `update accounts
     set secondary_auth_token_sealed = null, secondary_auth_token_hash = null, secondary_auth_token_created_at = null,
       updated_at = now()
     where id = $1 and secondary_auth_token_sealed is not null
     returning id`,
    [uuidOf(sid)],
  );
  return rows.length > 0;
}

export interface PromotedToken {
  readonly token: string;
  readonly createdAt: Date;
  readonly promotedAt: Date;
}

/** Puts the secondary token in the place of the primary. Null: there is none. Locks the account's row. */
export async function promoteSecondaryToken(
  tx: Queryable,
  sealer: Sealer,
  sid: AccountSid,
): Promise<PromotedToken | null> {
  const id = uuidOf(sid);
  const [held] = await tx.query<{ sealed: Buffer | null; created_at: Date; now: Date }>(
    `select secondary_auth_token_sealed as sealed, now() as now,
       coalesce(secondary_auth_token_created_at, updated_at) as created_at
     from accounts where id = $1 for no key update`,
    [id],
  );
  if (held?.sealed == null) return null;
  // A sealed value opens only where it stands.
  const token = sealer.open(held.sealed, tokenContext(id, "secondary"));
  await tx.query(
    `update accounts set auth_token_sealed = $2, auth_token_hash = $3, secondary_auth_token_sealed = null,
       secondary_auth_token_hash = null, secondary_auth_token_created_at = null, auth_token_promoted_at = now(),
       updated_at = now() where id = $1`,
    [id, sealer.seal(token, tokenContext(id, "primary")), hashSecret(token)],
  );
  return { token, createdAt: held.created_at, promotedAt: held.now };
}
