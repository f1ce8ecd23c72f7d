// The pools of messaging services. A number or short code is in one service at most (a column of its row); an
// alphanumeric id may be in several, and in one for several countries (a table of its own). Every statement names the
// account.

import { type AccountSid, type MessagingServiceSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { PoolMember, ServiceAlphaSender } from "../core/senders/messaging-service.ts";
import type { Sender } from "../core/senders/sender.ts";
import type { Queryable } from "./database.ts";
import { keepServiceOptOuts } from "./freed-senders.ts";
import { listPage, type Page, type PageQuery } from "./keyset-page.ts";
import { type SenderRow, senderColumns, toSender } from "./senders.ts";

const POOLS = {
  name: "messaging_service_pools",
  text: `
    select w.position::int as position, pool.*
    from unnest($1::uuid[], $2::uuid[]) with ordinality as w(account_id, service_id, position)
    cross join lateral (
      select s.*, '' as country from senders s where s.account_id = w.account_id and s.messaging_service_id = w.service_id
      union all
      select s.*, a.country from service_alpha_senders a
      join senders s on s.account_id = a.account_id and s.id = a.sender_id
      where a.account_id = w.account_id and a.messaging_service_id = w.service_id
      union all
      select s.*, '' from messaging_services m
      join senders s on s.account_id = m.account_id and s.id = any(m.final_pool)
      where m.account_id = w.account_id and m.id = w.service_id
    ) pool order by w.position, pool.created_at, pool.id, pool.country`,
};

/** The pools of several messaging services, in their order; each as `listServiceSenders` gives it. */
export async function listPoolsOf(
  db: Queryable,
  services: readonly { readonly accountSid: AccountSid; readonly sid: MessagingServiceSid }[],
): Promise<PoolMember[][]> {
  const pools: PoolMember[][] = services.map(() => []);
  if (services.length === 0) return pools;
  const rows = await db.query<SenderRow & { position: number; country: string }>(POOLS, [
    services.map((service) => uuidOf(service.accountSid)),
    services.map((service) => uuidOf(service.sid)),
  ]);
  for (const row of rows) pools[row.position - 1]?.push({ ...toSender(row), country: row.country || null });
  return pools;
}

/** The pool of a messaging service, oldest sender first; of a deleted one the pool that it had. */
export async function listServiceSenders(
  db: Queryable,
  accountSid: AccountSid,
  serviceSid: MessagingServiceSid,
): Promise<PoolMember[]> {
  return (await listPoolsOf(db, [{ accountSid, sid: serviceSid }])).flat();
}

/** How many entries a pool has. */
export async function countServiceSenders(
  db: Queryable,
  accountSid: AccountSid,
  serviceSid: MessagingServiceSid,
): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `select ((select count(*) from senders where account_id = $1 and messaging_service_id = $2)
       + (select count(*) from service_alpha_senders where account_id = $1 and messaging_service_id = $2))::integer as count`,
    [uuidOf(accountSid), uuidOf(serviceSid)],
  );
  return row?.count ?? 0;
}

/** The numbers or short codes of a pool. */
export async function listPoolSenders(
  db: Queryable,
  { accountSid, serviceSid, kind }: { accountSid: AccountSid; serviceSid: MessagingServiceSid; kind: Sender["kind"] },
  page: PageQuery,
): Promise<Page<Sender>> {
  const select = `select ${senderColumns} from senders
    where account_id = $1 and messaging_service_id = $2 and kind = $3`;
  const values = [uuidOf(accountSid), uuidOf(serviceSid), kind];
  return listPage<SenderRow, Sender>(db, { select, values }, page, toSender);
}

/**
 * Puts a sender into a service's pool, or takes it out (null): then with the opt-outs of the service that it leaves. False
 * when the account has no such sender. Must run in a transaction.
 */
export async function setSenderService(
  tx: Queryable,
  accountSid: AccountSid,
  senderId: Uuid,
  serviceSid: MessagingServiceSid | null,
): Promise<boolean> {
  await keepServiceOptOuts(tx, accountSid, [senderId]);
  const rows = await tx.query(
    `update senders set messaging_service_id = $3, updated_at = now()
     where account_id = $1 and id = $2 returning id`,
    [uuidOf(accountSid), senderId, serviceSid === null ? null : uuidOf(serviceSid)],
  );
  return rows.length > 0;
}

interface AlphaRow {
  account_id: Uuid;
  id: Uuid;
  messaging_service_id: Uuid;
  address: string;
  country: string;
  created_at: Date;
}

function toAlphaSender(row: AlphaRow): ServiceAlphaSender {
  return {
    accountSid: sidOf("AC", row.account_id),
    serviceSid: sidOf("MG", row.messaging_service_id),
    sid: sidOf("AI", row.id),
    address: row.address,
    country: row.country || null,
    createdAt: row.created_at,
  };
}

const selectAlphas = `select a.account_id, a.id, a.messaging_service_id, s.address, a.country, a.created_at
  from service_alpha_senders a join senders s on s.account_id = a.account_id and s.id = a.sender_id
  where a.account_id = $1 and a.messaging_service_id = $2`;

/** `country`: only the entries for it; empty: only those for every country; absent: all. */
export async function listAlphaSenders(
  db: Queryable,
  { accountSid, serviceSid, country }: { accountSid: AccountSid; serviceSid: MessagingServiceSid; country?: string },
  page: PageQuery,
): Promise<Page<ServiceAlphaSender>> {
  const select = country === undefined ? selectAlphas : `${selectAlphas} and a.country = $3`;
  const values = [uuidOf(accountSid), uuidOf(serviceSid), ...(country === undefined ? [] : [country])];
  return listPage<AlphaRow, ServiceAlphaSender>(db, { select, values, idColumn: "a.id" }, page, toAlphaSender);
}

export async function findAlphaSender(
  db: Queryable,
  accountSid: AccountSid,
  serviceSid: MessagingServiceSid,
  id: Uuid,
): Promise<ServiceAlphaSender | null> {
  const values = [uuidOf(accountSid), uuidOf(serviceSid), id];
  const [row] = await db.query<AlphaRow>(`${selectAlphas} and a.id = $3`, values);
  return row === undefined ? null : toAlphaSender(row);
}

/** False when the service has the id for that country already. `country` empty: every country. */
export async function insertAlphaSender(
  db: Queryable,
  entry: {
    readonly accountSid: AccountSid;
    readonly serviceSid: MessagingServiceSid;
    readonly id: Uuid;
    readonly senderId: Uuid;
    readonly country: string;
  },
): Promise<boolean> {
  const rows = await db.query(
    `insert into service_alpha_senders (account_id, id, messaging_service_id, sender_id, country)
     values ($1, $2, $3, $4, $5) on conflict do nothing returning id`,
    [uuidOf(entry.accountSid), entry.id, uuidOf(entry.serviceSid), entry.senderId, entry.country],
  );
  return rows.length > 0;
}

export async function deleteAlphaSender(db: Queryable, { accountSid, sid }: ServiceAlphaSender): Promise<void> {
  await db.query("delete from service_alpha_senders where account_id = $1 and id = $2", [
    uuidOf(accountSid),
    uuidOf(sid),
  ]);
}
