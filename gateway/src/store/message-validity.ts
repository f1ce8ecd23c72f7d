// How long messages that wait are worth sending. It only ever gets longer.

import { plainArray, timeArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { inLockOrder } from "./lock-order.ts";
import { hexOf } from "./message-insert.ts";
import type { MessageKey } from "./protection.ts";

export interface ExtendedValidity extends MessageKey {
  readonly until: Date;
}

const extendStatement: Statement = {
  name: "extend_validities",
  text: `
    update messages m set expires_at = v.until
    from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as v(account_id, id, until)
    where m.account_id = v.account_id and m.id = v.id and m.expires_at < v.until`,
};

/** Of messages under a claim: they are valid until then at the least. The same again changes nothing. */
export async function extendValidities(db: Queryable, messages: readonly ExtendedValidity[]): Promise<void> {
  if (messages.length === 0) return;
  const sorted = inLockOrder(messages, ({ sid }) => sid);
  await db.query(extendStatement, [
    plainArray(sorted.map(({ accountSid }) => hexOf(accountSid))),
    plainArray(sorted.map(({ sid }) => hexOf(sid))),
    timeArray(sorted.map(({ until }) => until)),
  ]);
}
