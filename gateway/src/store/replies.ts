// How many automatic replies a pair of addresses has seen lately: what tells two machines that answer each other from
// a conversation.

import { type AccountSid, uuidOf } from "../core/ids.ts";
import type { Queryable, Statement } from "./database.ts";

// messages_by_to, one range scan; ids are UUIDv7, so `since` bounds it to the newest few and to one or two partitions.
const countStatement: Statement = {
  name: "count_recent_replies",
  text: `
    select count(*)::int as count from messages
    where account_id = $1 and to_address = $2 and from_address = $3 and direction = 'outbound-reply'
      and id >= uuid_at($4)`,
};

/** Replies from one address to another, made since then. */
export async function countReplies(
  db: Queryable,
  accountSid: AccountSid,
  pair: { readonly from: string; readonly to: string },
  since: Date,
): Promise<number> {
  const [row] = await db.query<{ count: number }>(countStatement, [uuidOf(accountSid), pair.to, pair.from, since]);
  return row?.count ?? 0;
}
