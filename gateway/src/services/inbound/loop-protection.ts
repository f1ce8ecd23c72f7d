// Two machines that answer each other would go on for ever: beyond so many automatic replies between two addresses in a
// short time, no more are sent. Counted in the database, which all processes share. People who write fast are let alone:
// what they send is stored and told to the application all the same.

import type { AccountSid } from "../../core/ids.ts";
import type { Queryable } from "../../store/database.ts";
import { countReplies } from "../../store/replies.ts";

export const loopProtection = {
  /** Replies that fail count as well: a loop ends only when the other side stops. */
  replies: 20,
  windowMs: 60_000,
  /** Of the webhook whose answer was not sent. */
  webhookCode: 14107,
  /** Of the reply. */
  messageCode: 30039,
} as const;

/** Has this pair had its share of automatic replies? Whichever of the two they came from. */
export async function isLoop(
  db: Queryable,
  accountSid: AccountSid,
  pair: { readonly from: string; readonly to: string },
  nowMs: number,
): Promise<boolean> {
  const since = new Date(nowMs - loopProtection.windowMs);
  return (await countReplies(db, accountSid, pair, since)) >= loopProtection.replies;
}
