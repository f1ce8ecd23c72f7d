// The timeline of an account, read in the order of its ids, for the live tail: rows of `events`, and each message as
// the event of its own acceptance (its id is the message's). Rows may become visible out of order, because ids are made
// before the commit; who reads on must look back a little (facades/native/events/tail.ts).

import { type AccountSid, type MessageSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { MessageDirection, MessageStatus } from "../core/messages/message.ts";
import type { Queryable, Statement } from "./database.ts";

/** Where a reader of one account stands. */
export interface EventPosition {
  readonly accountSid: AccountSid;
  /** Only what has a greater id. */
  readonly after: Uuid;
}

/** What is there, without its contents. */
export interface EventKey {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  /** A message itself, as its acceptance; otherwise a row of `events`. */
  readonly isMessage: boolean;
}

// Index-only on events_in_order and the messages' key: 0.1 ms when there is nothing new.
const listStatement: Statement = {
  name: "list_event_keys",
  text: `
    select a.account_id, n.id, n.is_message
    from unnest($1::uuid[], $2::uuid[]) as a(account_id, after)
    cross join lateral (
      (select id, false as is_message from events
        where account_id = a.account_id and id > a.after order by id limit $3)
      union all
      (select id, true from messages where account_id = a.account_id and id > a.after order by id limit $3)
      order by id limit $3
    ) as n
    order by n.id`,
};

/** The next `limit` keys of each account, in the order of their ids. */
export async function listEventKeys(
  db: Queryable,
  positions: readonly EventPosition[],
  limit: number,
): Promise<EventKey[]> {
  if (positions.length === 0) return [];
  const rows = await db.query<{ account_id: Uuid; id: Uuid; is_message: boolean }>(listStatement, [
    positions.map((position) => uuidOf(position.accountSid)),
    positions.map((position) => position.after),
    limit,
  ]);
  return rows.map((row) => ({ accountSid: sidOf("AC", row.account_id), id: row.id, isMessage: row.is_message }));
}

/** The message of an event as it stands now; the event may be older. */
export interface EventMessage {
  readonly sid: MessageSid;
  readonly direction: MessageDirection;
  readonly status: MessageStatus;
  readonly from: string | null;
  readonly to: string;
  readonly numSegments: number;
  readonly errorCode: number | null;
  readonly body: string;
}

export interface StoredEvent {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  readonly type: string;
  readonly messageSid: MessageSid;
  /** Null: the message has been deleted. */
  readonly message: EventMessage | null;
  readonly data: Readonly<Record<string, unknown>> | null;
}

const messageColumns = `m.id as found_id, m.direction, m.status, m.from_address, m.to_address, m.num_segments,
  m.num_media, m.error_code, m.body`;

const loadEventsStatement: Statement = {
  name: "load_events",
  text: `
    select e.account_id, e.id, e.type, e.data, e.message_id, ${messageColumns}
    from unnest($1::uuid[], $2::uuid[]) as w(account_id, id)
    join events e on e.account_id = w.account_id and e.id = w.id
    left join messages m on m.account_id = e.account_id and m.id = e.message_id`,
};

const loadAcceptancesStatement: Statement = {
  name: "load_acceptances",
  text: `
    select m.account_id, m.id, case m.direction when 'inbound' then 'message.received' else 'message.accepted' end as type,
      null::jsonb as data, m.id as message_id, ${messageColumns}
    from unnest($1::uuid[], $2::uuid[]) as w(account_id, id)
    join messages m on m.account_id = w.account_id and m.id = w.id`,
};

interface EventRow {
  account_id: Uuid;
  id: Uuid;
  type: string;
  data: Record<string, unknown> | null;
  message_id: Uuid;
  found_id: Uuid | null;
  direction: MessageDirection;
  status: MessageStatus;
  from_address: string | null;
  to_address: string;
  num_segments: number;
  num_media: number;
  error_code: number | null;
  body: string;
}

/** The contents of keys, in the order of their ids. What has been deleted since is left out. */
export async function loadEvents(db: Queryable, keys: readonly EventKey[]): Promise<StoredEvent[]> {
  const load = async (statement: Statement, wanted: readonly EventKey[]): Promise<EventRow[]> => {
    if (wanted.length === 0) return [];
    const accountIds = wanted.map((key) => uuidOf(key.accountSid));
    return await db.query<EventRow & Record<string, unknown>>(statement, [accountIds, wanted.map((key) => key.id)]);
  };
  const [events, acceptances] = await Promise.all([
    load(
      loadEventsStatement,
      keys.filter((key) => !key.isMessage),
    ),
    load(
      loadAcceptancesStatement,
      keys.filter((key) => key.isMessage),
    ),
  ]);
  return [...events, ...acceptances].map(eventOf).sort((one, other) => (one.id < other.id ? -1 : 1));
}

function eventOf(row: EventRow): StoredEvent {
  const messageSid = sidOf<MessageSid>(row.num_media > 0 ? "MM" : "SM", row.message_id);
  const message =
    row.found_id === null
      ? null
      : {
          sid: messageSid,
          direction: row.direction,
          status: row.status,
          from: row.from_address,
          to: row.to_address,
          numSegments: row.num_segments,
          errorCode: row.error_code,
          body: row.body,
        };
  return { accountSid: sidOf("AC", row.account_id), id: row.id, type: row.type, messageSid, message, data: row.data };
}
