// The phone numbers and short codes of an account, as lists with filters. Every statement names the account.

import { type AccountSid, uuidOf } from "../core/ids.ts";
import type { Sender } from "../core/senders/sender.ts";
import type { Queryable } from "./database.ts";
import { listPage, type Page, type PageQuery, pageOf } from "./keyset-page.ts";
import { type SenderRow, senderColumns, toSender } from "./senders.ts";

export interface NumberFilter {
  readonly kind: "number" | "short_code";
  /** Exactly this one. */
  readonly friendlyName?: string;
  /** Pattern of LIKE, with `\` as its escape. */
  readonly addressLike?: string;
}

export async function listNumbers(
  db: Queryable,
  accountSid: AccountSid,
  { kind, friendlyName, addressLike }: NumberFilter,
  page: PageQuery,
): Promise<Page<Sender>> {
  const select = `select ${senderColumns} from senders where account_id = $1 and kind = $2
    and ($3::text is null or friendly_name = $3) and ($4::text is null or address like $4)`;
  const values = [uuidOf(accountSid), kind, friendlyName ?? null, addressLike ?? null];
  return listPage<SenderRow, Sender>(db, { select, values }, page, toSender);
}

const chunk = 1000;

/** The same, of those that `matches` accepts: what the database cannot tell. Reads on until the page is full. */
export async function listMatchingNumbers(
  db: Queryable,
  accountSid: AccountSid,
  filter: NumberFilter,
  { page, matches }: { readonly page: PageQuery; readonly matches: (sender: Sender) => boolean },
): Promise<Page<Sender>> {
  const direction = page.cursor?.direction ?? "older";
  const found: Sender[] = [];
  let cursor = page.cursor;
  for (;;) {
    const read = await listNumbers(db, accountSid, filter, { limit: chunk, cursor });
    const inOrder = direction === "older" ? read.items : read.items.toReversed();
    found.push(...inOrder.filter(matches));
    const last = inOrder.at(-1);
    const more = direction === "older" ? read.hasOlder : read.hasNewer;
    if (found.length > page.limit || !more || last === undefined) return pageOf(found, page);
    cursor = { direction, id: last.id };
  }
}
