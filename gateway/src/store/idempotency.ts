// Idempotency keys of create requests: claimed in the transaction that stores the message, good for 24 hours.
// Those of the gateway's own replies stand as long as the callback that they answer may be delivered again.

import { retryForMs } from "../core/callbacks/retries.ts";
import type { AccountSid, MessageSid } from "../core/ids.ts";
import { sidOf } from "../core/ids.ts";
import type { Idempotency } from "../core/messages/request.ts";
import { plainArray, textArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";

/** What the keys of the gateway's own replies begin with. */
export const replyKeyPrefix = "twiml:";
const hoursBeforeReuse = 24;
/** Longer than a callback's last try, which begins up to `retryForMs` after the first. */
const hoursKept = Math.ceil(retryForMs / 3_600_000) + 1;

// In key order, so that two batches with the same keys wait for each other rather than deadlock.
const claimKeysStatement: Statement = {
  name: "claim_idempotency_keys",
  text: `
    insert into idempotency_keys (account_id, key, request_hash, message_id, created_at)
    select distinct on (n.account_id, n.key) n.account_id, n.key, decode(n.request_hash, 'hex'), n.message_id, $1
    from unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[]) with ordinality
      as n(account_id, key, request_hash, message_id, position)
    order by n.account_id, n.key, n.position
    on conflict (account_id, key) do update
      set request_hash = excluded.request_hash, message_id = excluded.message_id, created_at = excluded.created_at
      where idempotency_keys.created_at < excluded.created_at - make_interval(hours => ${hoursBeforeReuse})
        and not starts_with(idempotency_keys.key, '${replyKeyPrefix}')
    returning message_id`,
};

const findKeyStatement: Statement = {
  name: "find_idempotency_key",
  text: `
    select k.request_hash, k.message_id, m.num_media > 0 as has_media
    from idempotency_keys k left join messages m on m.account_id = k.account_id and m.id = k.message_id
    where k.account_id = $1 and k.key = $2`,
};

export interface KeyClaim {
  readonly accountSid: AccountSid;
  readonly messageSid: MessageSid;
  readonly idempotency: Idempotency;
}

/**
 * Claims keys for messages that are about to be stored in the same transaction. Resolves to the UUIDs (with hyphens) of
 * the messages that got theirs. An unfinished claim of another transaction is waited for.
 */
export async function claimIdempotencyKeys(
  tx: Queryable,
  claims: readonly KeyClaim[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ message_id: string }>(claimKeysStatement, [
    now,
    plainArray(claims.map((claim) => hexOf(claim.accountSid))),
    textArray(claims.map((claim) => claim.idempotency.key)),
    plainArray(claims.map((claim) => claim.idempotency.requestHash.toString("hex"))),
    plainArray(claims.map((claim) => hexOf(claim.messageSid))),
  ]);
  return new Set(rows.map((row) => row.message_id));
}

/** Gives back the keys of messages that were refused after all. */
export async function releaseIdempotencyKeys(tx: Queryable, claims: readonly KeyClaim[]): Promise<void> {
  await tx.query(
    `delete from idempotency_keys k using unnest($1::uuid[], $2::text[], $3::uuid[]) as n(account_id, key, message_id)
     where k.account_id = n.account_id and k.key = n.key and k.message_id = n.message_id`,
    [
      plainArray(claims.map((claim) => hexOf(claim.accountSid))),
      textArray(claims.map((claim) => claim.idempotency.key)),
      plainArray(claims.map((claim) => hexOf(claim.messageSid))),
    ],
  );
}

export interface ClaimedKey {
  readonly requestHash: Buffer;
  readonly messageSid: MessageSid;
}

export async function findIdempotencyKey(
  db: Queryable,
  accountSid: AccountSid,
  key: string,
): Promise<ClaimedKey | null> {
  const [row] = await db.query<{ request_hash: Buffer; message_id: string; has_media: boolean | null }>(
    findKeyStatement,
    [hexOf(accountSid), key],
  );
  if (row === undefined) return null;
  return { requestHash: row.request_hash, messageSid: sidOf(row.has_media ? "MM" : "SM", row.message_id) };
}

/**
 * Forgets keys whose time is over, `limit` of them at the most. Resolves to how many; fewer than `limit`: there are no
 * more, or another process is at the rest.
 */
export async function dropOldIdempotencyKeys(db: Queryable, now: Date, limit: number): Promise<number> {
  const [row] = await db.query<{ dropped: number }>(
    `with old as (
       select account_id, key from idempotency_keys
       where created_at < $1::timestamptz - make_interval(hours => ${hoursKept})
       order by created_at limit $2 for update skip locked
     ), gone as (
       delete from idempotency_keys k using old where k.account_id = old.account_id and k.key = old.key returning 1
     )
     select count(*)::integer as dropped from gone`,
    [now, limit],
  );
  return row?.dropped ?? 0;
}
