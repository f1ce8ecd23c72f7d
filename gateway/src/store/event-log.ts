// The event log of an account: what its providers did and what went wrong with them, for people who look for the reason. Holds
// neither texts of messages nor whole phone numbers.

import { type AccountSid, type MessageSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { Queryable } from "./database.ts";

export type EventLogType = "information" | "debug" | "error";

export interface EventLogEntry {
  readonly accountSid: AccountSid;
  readonly type: EventLogType;
  readonly message: string;
  readonly at: Date;
}

export interface StoredEventLogEntry extends EventLogEntry {
  readonly id: number;
}

interface EventLogRow {
  account_id: Uuid;
  id: string;
  type: EventLogType;
  message: string;
  created_at: Date;
}

function toEntry(row: EventLogRow): StoredEventLogEntry {
  const { id, type, message } = row;
  return { accountSid: sidOf("AC", row.account_id), id: Number(id), type, message, at: row.created_at };
}

const INSERT = {
  name: "event_log_insert",
  text: `insert into event_log (account_id, type, message, created_at)
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])`,
};

export async function insertEventLog(db: Queryable, entries: readonly EventLogEntry[]): Promise<void> {
  await db.query(INSERT, [
    entries.map(({ accountSid }) => uuidOf(accountSid)),
    entries.map(({ type }) => type),
    entries.map(({ message }) => message),
    entries.map(({ at }) => at),
  ]);
}

const FIND = { name: "event_log_by_id", text: "select * from event_log where account_id = $1 and id = $2" };

export async function findEventLogEntry(
  db: Queryable,
  accountSid: AccountSid,
  id: number,
): Promise<StoredEventLogEntry | null> {
  const [row] = await db.query<EventLogRow>(FIND, [uuidOf(accountSid), id]);
  return row === undefined ? null : toEntry(row);
}

export interface EventLogSearch {
  /** Part of the message, in any letter case; `%` and `_` stand for themselves. */
  readonly contains: readonly string[];
  readonly type: EventLogType | null;
  readonly from: Date | null;
  readonly until: Date | null;
  readonly orderBy: "id" | "type" | "message";
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
}

/** A page, and how many there are in all. */
export async function searchEventLog(
  db: Queryable,
  accountSid: AccountSid,
  { contains, type, from, until, orderBy, descending, limit, offset }: EventLogSearch,
): Promise<{ readonly entries: StoredEventLogEntry[]; readonly total: number }> {
  const direction = descending ? "desc" : "asc";
  const order = orderBy === "id" ? `id ${direction}` : `${orderBy} ${direction}, id ${direction}`;
  const where = `account_id = $1 and ($2::text is null or message ilike $2) and ($3::text is null or type = $3)
    and ($4::timestamptz is null or created_at >= $4) and ($5::timestamptz is null or created_at < $5)`;
  const like = contains.map((part) => part.replace(/[\\%_]/g, "\\$&")).join("%");
  const values = [uuidOf(accountSid), like === "" ? null : `%${like}%`, type, from, until];
  const [count] = await db.query<{ total: string }>(`select count(*) as total from event_log where ${where}`, values);
  const rows = await db.query<EventLogRow>(
    `select * from event_log where ${where} order by ${order} limit $6 offset $7`,
    [...values, limit, offset],
  );
  return { entries: rows.map(toEntry), total: Number(count?.total ?? 0) };
}

const LOGGING_PROVIDERS = {
  name: "event_log_providers",
  text: `select a.account_id, a.message_id, p.id, p.name
    from unnest($1::uuid[], $2::uuid[]) as m(account_id, message_id)
    join lateral (select account_id, message_id, provider_id from attempts
      where account_id = m.account_id and message_id = m.message_id and (outcome is null or outcome in ('accepted', 'adopted'))
      order by attempt desc limit 1) as a on true
    join providers p on p.account_id = a.account_id and p.id = a.provider_id
    where p.config ? 'eventLog'`,
};

export interface LoggingProvider {
  readonly accountSid: AccountSid;
  readonly messageId: Uuid;
  readonly id: Uuid;
  readonly name: string;
}

/** Of messages that a provider with an event log has taken: that provider. */
export async function loggingProvidersOf(
  db: Queryable,
  messages: readonly { readonly accountSid: AccountSid; readonly sid: MessageSid }[],
): Promise<LoggingProvider[]> {
  const rows = await db.query<{ account_id: Uuid; message_id: Uuid; id: Uuid; name: string }>(LOGGING_PROVIDERS, [
    messages.map(({ accountSid }) => uuidOf(accountSid)),
    messages.map(({ sid }) => uuidOf(sid)),
  ]);
  return rows.map(({ account_id, message_id, id, name }) => ({
    accountSid: sidOf("AC", account_id),
    messageId: message_id,
    id,
    name,
  }));
}

const daysKept = 30;

/** Resolves to how many were forgotten; fewer than `limit`: there are no more, or another process is at the rest. */
export async function dropOldEventLog(db: Queryable, now: Date, limit: number): Promise<number> {
  const rows = await db.query(
    `delete from event_log where (account_id, id) in (
       select account_id, id from event_log where created_at < $1::timestamptz - make_interval(days => ${daysKept})
       order by created_at limit $2 for update skip locked)
     returning 1 as dropped`,
    [now, limit],
  );
  return rows.length;
}
