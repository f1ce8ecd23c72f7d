// Which inbound messages of upstreams were taken, by the upstream's own ids: what makes a webhook that is called again
// have no effect.

import { type AccountSid, type MessageSid, type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable, Statement } from "./database.ts";

export interface InboundReceipt {
  readonly accountSid: AccountSid;
  readonly providerId: Uuid;
  readonly upstreamId: string;
}

const findStatement: Statement = {
  name: "find_inbound_receipt",
  text: "select 1 as found from inbound_receipts where account_id = $1 and provider_id = $2 and upstream_id = $3",
};

export async function hasInboundReceipt(db: Queryable, receipt: InboundReceipt): Promise<boolean> {
  const { accountSid, providerId, upstreamId } = receipt;
  return (await db.query(findStatement, [uuidOf(accountSid), providerId, upstreamId])).length > 0;
}

const insertStatement: Statement = {
  name: "insert_inbound_receipt",
  text: `
    insert into inbound_receipts (account_id, provider_id, upstream_id, message_id, received_at)
    values ($1, $2, $3, $4, $5)
    on conflict do nothing returning 1 as stored`,
};

/** In the transaction that stores the message. False: another has taken it; one that is under way is waited for. */
export async function insertInboundReceipt(
  tx: Queryable,
  receipt: InboundReceipt,
  messageSid: MessageSid,
  now: Date,
): Promise<boolean> {
  const { accountSid, providerId, upstreamId } = receipt;
  const values = [uuidOf(accountSid), providerId, upstreamId, uuidOf(messageSid), now];
  return (await tx.query(insertStatement, values)).length > 0;
}

/** Longer than any upstream goes on calling; by then a repeated call is somebody's deliberate replay. */
const daysKept = 30;

/** Resolves to how many were forgotten; fewer than `limit`: there are no more, or another process is at the rest. */
export async function dropOldInboundReceipts(db: Queryable, now: Date, limit: number): Promise<number> {
  const rows = await db.query(
    `delete from inbound_receipts where (account_id, provider_id, upstream_id) in (
       select account_id, provider_id, upstream_id from inbound_receipts
       where received_at < $1::timestamptz - make_interval(days => ${daysKept})
       order by received_at limit $2 for update skip locked)
     returning 1 as dropped`,
    [now, limit],
  );
  return rows.length;
}
