// What accounts, messaging services and senders say of STOP, START and HELP: at most one row each.

import type { AccountSid, MessagingServiceSid, Uuid } from "../core/ids.ts";
import { uuidOf } from "../core/ids.ts";
import type { KeywordScope, KeywordSettings, ScopedSettings } from "../core/keywords/settings.ts";
import { plainArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";

/** A sender, or what a sender without an id of its own stands for: a service, or (neither) the account. */
export interface KeywordOwner {
  readonly accountSid: AccountSid;
  readonly messagingServiceSid: MessagingServiceSid | null;
  readonly senderId: Uuid | null;
}

const chainsStatement: Statement = {
  name: "keyword_settings_chains",
  text: `
    select w.position::int as position, k.settings,
      case when k.sender_id is not null then 'sender' when k.messaging_service_id is not null then 'service'
        else 'account' end as scope
    from unnest($1::uuid[], $2::uuid[], $3::uuid[]) with ordinality as w(account_id, service_id, sender_id, position)
    join keyword_settings k on k.account_id = w.account_id
      and (k.sender_id = w.sender_id or k.messaging_service_id = w.service_id
        or (k.sender_id is null and k.messaging_service_id is null))`,
};

interface ChainRow {
  position: number;
  scope: KeywordScope;
  settings: KeywordSettings;
}

const nearestFirst: readonly KeywordScope[] = ["sender", "service", "account"];

/** What is said for each of them, the nearest first, in their order. One query. */
export async function findKeywordChains(db: Queryable, owners: readonly KeywordOwner[]): Promise<ScopedSettings[][]> {
  const rows = await db.query<ChainRow & Record<string, unknown>>(chainsStatement, [
    plainArray(owners.map((owner) => hexOf(owner.accountSid))),
    plainArray(owners.map((owner) => owner.messagingServiceSid && hexOf(owner.messagingServiceSid))),
    plainArray(owners.map((owner) => owner.senderId)),
  ]);
  const ofOwner = Map.groupBy(rows, (row) => row.position - 1);
  return owners.map((_, index) =>
    (ofOwner.get(index) ?? [])
      .map(({ scope, settings }) => ({ scope, settings }))
      .sort((one, other) => nearestFirst.indexOf(one.scope) - nearestFirst.indexOf(other.scope)),
  );
}

/** Lets one change of an account's keywords at a time through; held until the end of the transaction. */
export async function lockKeywordSettings(tx: Queryable, accountSid: AccountSid): Promise<void> {
  await tx.query("select from accounts where id = $1 for no key update", [uuidOf(accountSid)]);
}

/** Replaces what this very owner says; empty settings take the row away. */
export async function writeKeywordSettings(
  tx: Queryable,
  { accountSid, messagingServiceSid, senderId }: KeywordOwner,
  settings: KeywordSettings,
): Promise<void> {
  // A sender's own settings do not depend on the service that it is in.
  const serviceId = senderId === null && messagingServiceSid !== null ? uuidOf(messagingServiceSid) : null;
  const key = [uuidOf(accountSid), serviceId, senderId];
  if (Object.keys(settings).length === 0) {
    await tx.query(
      `delete from keyword_settings where account_id = $1 and messaging_service_id is not distinct from $2::uuid
         and sender_id is not distinct from $3::uuid`,
      key,
    );
    return;
  }
  await tx.query(
    `insert into keyword_settings (account_id, messaging_service_id, sender_id, settings) values ($1, $2, $3, $4)
     on conflict (account_id, messaging_service_id, sender_id)
       do update set settings = excluded.settings, updated_at = now()`,
    [...key, JSON.stringify(settings)],
  );
}
