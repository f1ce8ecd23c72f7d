// What a sender takes along out of its messaging service: the opt-outs that stand against the whole service hold for the
// sender by itself from then on. Must run before the sender leaves, in that transaction; nobody's STOP may get lost.

import { type AccountSid, type MessagingServiceSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import { plainArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";

// The lock waits for a STOP that is being stored; the next statement sees it.
const lockStatement: Statement = {
  name: "lock_freed_senders",
  text: `select 1 from senders where account_id = $1 and id = any($2::uuid[]) and messaging_service_id is not null
    order by id for no key update`,
};

// A newer word to the sender itself stays. The history says of a copied word how it came to be known.
const keepStatement: Statement = {
  name: "keep_opt_outs_of_service",
  text: `
    with freed as (
      select address, 'MG' || replace(messaging_service_id::text, '-', '') as service from senders
      where account_id = $1 and id = any($2::uuid[]) and messaging_service_id is not null
    ), kept as (
      insert into consents (account_id, sender, contact, status, source, consented_at)
      select $1, f.address, c.contact, c.status, c.source, c.consented_at
      from freed f join consents c on c.account_id = $1 and c.sender = f.service and c.status = 'opt-out'
      order by f.address, c.contact
      on conflict (account_id, sender, contact) do update
        set status = excluded.status, source = excluded.source, consented_at = excluded.consented_at, updated_at = now()
        where consents.status = 'opt-in' and consents.consented_at <= excluded.consented_at
      returning sender, contact, status, source, consented_at
    )
    insert into consent_history (account_id, id, sender, contact, status, source, consented_at, via, actor, reference)
    select $1, (left(uuid_at(clock_timestamp())::text, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid,
      k.sender, k.contact, k.status, k.source, k.consented_at, said.via, said.actor, said.reference
    from kept k join freed f on f.address = k.sender
    left join lateral (
      select via, actor, reference from consent_history h
      where h.account_id = $1 and h.contact = k.contact and h.sender = f.service order by h.id desc limit 1
    ) said on true`,
};

/** Of senders that are in no service, nothing is to be kept. Locks the others. */
export async function keepServiceOptOuts(tx: Queryable, accountSid: AccountSid, ids: readonly Uuid[]): Promise<void> {
  if (ids.length === 0) return;
  const values = [uuidOf(accountSid), plainArray(ids)];
  if ((await tx.query(lockStatement, values)).length > 0) await tx.query(keepStatement, values);
}

const servicesStatement: Statement = {
  name: "lock_services_of_senders",
  text: `select s.account_id, s.id, s.messaging_service_id
    from unnest($1::uuid[], $2::uuid[]) as w(account_id, id)
    join senders s on s.account_id = w.account_id and s.id = w.id
    order by s.account_id, s.id for share of s`,
};

/**
 * In which service each sender is now, by its id; null: in none, or gone. None of them leaves it before the transaction
 * ends: what is stored for the service meanwhile goes with whoever leaves later.
 */
export async function lockSenderServices(
  tx: Queryable,
  senders: readonly { readonly accountSid: AccountSid; readonly id: Uuid }[],
): Promise<(sender: { readonly accountSid: AccountSid; readonly id: Uuid }) => MessagingServiceSid | null> {
  const nameOf = (accountId: Uuid, id: Uuid) => `${accountId} ${id}`;
  const services = new Map<string, MessagingServiceSid>();
  if (senders.length > 0) {
    const rows = await tx.query<{ account_id: Uuid; id: Uuid; messaging_service_id: Uuid | null }>(servicesStatement, [
      plainArray(senders.map(({ accountSid }) => uuidOf(accountSid))),
      plainArray(senders.map(({ id }) => id)),
    ]);
    for (const { account_id: accountId, id, messaging_service_id: service } of rows) {
      if (service !== null) services.set(nameOf(accountId, id), sidOf<MessagingServiceSid>("MG", service));
    }
  }
  return ({ accountSid, id }) => services.get(nameOf(uuidOf(accountSid), id)) ?? null;
}
