// Messages of any age, with everything that can belong to them, put into the tables as the gateway would have left them.

import { randomBytes } from "node:crypto";
import { type AccountSid, firstUuidAt, type Uuid, uuidOf } from "../../src/core/ids.ts";
import type { Database } from "../../src/store/database.ts";

export const dayMs = 86_400_000;

export interface AgedMessage {
  readonly atMs: number;
  /** It is still to be sent. */
  readonly due?: boolean;
  readonly inbound?: boolean;
  readonly callback?: "pending" | "delivered";
}

/** An id of that moment. */
export function uuidOfTime(ms: number): Uuid {
  return (firstUuidAt(ms).slice(0, 14) +
    "7" +
    randomBytes(2).toString("hex").slice(1) +
    "-8" +
    randomBytes(2).toString("hex").slice(1) +
    "-" +
    randomBytes(6).toString("hex")) as Uuid;
}

/** Makes the months that the moments lie in. */
export async function makeMonths(db: Database, sinceMs: number, untilMs: number): Promise<void> {
  await db.query("select create_partitions($1, $2)", [new Date(sinceMs), new Date(untilMs)]);
}

/** A message with an attempt, an event, media, feedback, a callback, a sandbox record. Resolves to its id. */
export async function insertAged(db: Database, accountSid: AccountSid, message: AgedMessage): Promise<Uuid> {
  const { atMs, due = false, inbound = false, callback = "delivered" } = message;
  const id = uuidOfTime(atMs);
  const account = uuidOf(accountSid);
  const at = new Date(atMs);
  const status = due ? "scheduled" : inbound ? "received" : "delivered";
  await db.query(
    `insert into messages (account_id, id, direction, status, from_address, to_address, body, num_segments, num_media,
       created_at, updated_at, sent_at, options, due_at)
     values ($1, $2, $3, $4, '+12025550100', '+12025550142', 'secret', 1, 1, $5, $5, $5, '{"contentVariables":"secret"}', $6)`,
    [account, id, inbound ? "inbound" : "outbound-api", status, at, due ? new Date(atMs + 35 * dayMs) : null],
  );
  await db.query(
    `insert into attempts (account_id, message_id, attempt, provider_id, from_address, started_at)
     values ($1, $2, 1, gen_random_uuid(), '+12025550100', $3)`,
    [account, id, at],
  );
  const values = [account, uuidOfTime(atMs), id];
  await db.query("insert into events (account_id, id, message_id, type) values ($1, $2, $3, 'message.sent')", values);
  await db.query(
    "insert into media (account_id, id, message_id, position, url, content_type) values ($1, $2, $3, 0, 'https://secret.example/', 'image/png')",
    values,
  );
  await db.query("insert into message_feedback (account_id, message_id, outcome) values ($1, $2, 'confirmed')", [
    account,
    id,
  ]);
  await db.query(
    `insert into callbacks (account_id, id, message_id, kind, url, origin, fields, state, due_at, expires_at)
     values ($1, $2, $3, $4, 'http://a.example/', 'http://a.example', $5, $6, $7, $8)`,
    [
      ...values,
      inbound ? "inbound" : "status",
      JSON.stringify([
        ["To", "+12025550142"],
        ["Body", "secret"],
        ["MediaUrl0", "https://secret.example/"],
      ]),
      callback,
      callback === "pending" ? new Date(Date.now() + dayMs) : null,
      new Date(atMs + dayMs),
    ],
  );
  await db.query(
    `insert into sandbox_messages (account_id, id, handset, direction, sender, body, message_id, attempt, created_at)
     values ($1, $2, '+12025550142', 'to-handset', '+12025550100', 'secret', $3, 1, $4)`,
    [...values, at],
  );
  return id;
}

const tables = [
  "messages",
  "attempts",
  "events",
  "media",
  "message_feedback",
  "callbacks",
  "sandbox_messages",
] as const;

/** Of each table, which of these messages have rows there. */
export async function remains(
  db: Database,
  accountSid: AccountSid,
  names: Readonly<Record<string, Uuid>>,
): Promise<Record<(typeof tables)[number], string[]>> {
  const found = {} as Record<(typeof tables)[number], string[]>;
  for (const table of tables) {
    const key = table === "messages" ? "id" : "message_id";
    const rows = await db.query<{ id: Uuid }>(`select distinct ${key} as id from ${table} where account_id = $1`, [
      uuidOf(accountSid),
    ]);
    const ids = new Set(rows.map(({ id }) => id));
    found[table] = Object.keys(names).filter((name) => ids.has(names[name] as Uuid));
  }
  return found;
}
