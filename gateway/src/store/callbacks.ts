// Callbacks as rows: stored with the change that they report, listed, replayed. Claiming and finishing them is
// callback-queue.ts. They are due from the moment that their UUIDv7 names.

import type { NewCallback } from "../core/callbacks/callback.ts";
import { callbackOrigin } from "../core/callbacks/origin.ts";
import { retryForMs } from "../core/callbacks/retries.ts";
import { type AccountSid, type MessageSid, type Uuid, uuidOf } from "../core/ids.ts";
import { plainArray, textArray, timeArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";

const insertStatement: Statement = {
  name: "insert_callbacks",
  text: `
    insert into callbacks (account_id, id, message_id, kind, url, origin, method, fallback_url, fallback_method, fields,
      due_at, created_at, expires_at)
    select n.account_id, n.id, n.message_id, n.kind, n.url, n.origin, n.method, n.fallback_url, n.fallback_method,
      n.fields::jsonb, n.at, n.at, n.at + make_interval(secs => ${retryForMs / 1000})
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::text[], $10::text[], $11::timestamptz[])
      as n(account_id, id, message_id, kind, url, origin, method, fallback_url, fallback_method, fields, at)`,
};

/** Stores callbacks in one statement; the sender is to be woken after the commit. */
export async function insertCallbacks(tx: Queryable, callbacks: readonly NewCallback[]): Promise<void> {
  if (callbacks.length === 0) return;
  await tx.query(insertStatement, [
    plainArray(callbacks.map((callback) => hexOf(callback.accountSid))),
    plainArray(callbacks.map((callback) => callback.id)),
    plainArray(callbacks.map((callback) => hexOf(callback.messageSid))),
    plainArray(callbacks.map((callback) => callback.kind)),
    textArray(callbacks.map((callback) => callback.url)),
    textArray(callbacks.map((callback) => callbackOrigin(callback.url))),
    plainArray(callbacks.map((callback) => callback.method)),
    textArray(callbacks.map((callback) => callback.fallbackUrl)),
    plainArray(callbacks.map((callback) => callback.fallbackMethod)),
    textArray(callbacks.map((callback) => JSON.stringify(callback.fields))),
    timeArray(callbacks.map((callback) => madeAt(callback.id))),
  ]);
}

/** The first 48 bits of a UUIDv7 are the milliseconds of its making. */
function madeAt(id: Uuid): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

export interface StoredCallback {
  readonly id: Uuid;
  readonly kind: NewCallback["kind"];
  readonly url: string;
  readonly method: NewCallback["method"];
  readonly state: "pending" | "delivered" | "failed";
  /** When it is tried next, or until when it is in hand; null: finished. */
  readonly dueAt: Date | null;
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

interface StoredRow {
  id: Uuid;
  kind: StoredCallback["kind"];
  url: string;
  method: StoredCallback["method"];
  state: StoredCallback["state"];
  due_at: Date | null;
  attempts: number;
  last_status: number | null;
  last_error: string | null;
  created_at: Date;
  finished_at: Date | null;
}

const listStatement: Statement = {
  name: "list_callbacks",
  text: `
    select id, kind, url, method, state, due_at, attempts, last_status, last_error, created_at, finished_at
    from callbacks where account_id = $1 and message_id = $2 order by id`,
};

/** The callbacks of one message, oldest first. */
export async function listCallbacks(
  db: Queryable,
  accountSid: AccountSid,
  messageSid: MessageSid,
): Promise<StoredCallback[]> {
  const rows = await db.query<StoredRow & Record<string, unknown>>(listStatement, [
    uuidOf(accountSid),
    uuidOf(messageSid),
  ]);
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    url: row.url,
    method: row.method,
    state: row.state,
    dueAt: row.due_at,
    attempts: row.attempts,
    lastStatus: row.last_status,
    lastError: row.last_error,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  }));
}

const replayStatement: Statement = {
  name: "replay_callback",
  text: `
    update callbacks
    set state = 'pending', due_at = $3::timestamptz,
      expires_at = $3::timestamptz + make_interval(secs => ${retryForMs / 1000}), attempts = 0, claim = claim + 1,
      last_status = null, last_error = null, finished_at = null, silent = silent or answered
    where account_id = $1 and id = $2 and state <> 'pending'
    returning id`,
};

/**
 * Makes a finished callback due again, with the idempotency token that it had and a whole new day of retries; if its
 * answer was acted upon before, it is not again. False: there is none, or it is still pending.
 */
export async function replayCallback(tx: Queryable, accountSid: AccountSid, id: Uuid, now: Date): Promise<boolean> {
  const rows = await tx.query(replayStatement, [uuidOf(accountSid), id, now]);
  return rows.length > 0;
}

const answeredStatement: Statement = {
  name: "mark_callback_answered",
  text: "update callbacks set answered = true where account_id = $1 and id = $2 and not answered",
};

/** The answer to an inbound message's callback is about to be acted upon: a replay must not do so again. */
export async function markCallbackAnswered(db: Queryable, accountSid: AccountSid, id: Uuid): Promise<void> {
  await db.query(answeredStatement, [uuidOf(accountSid), id]);
}
