// The callback table as a queue. A claim moves due_at to the end of its lease, so a sender that dies gives its
// callbacks back by doing nothing, and every later write names the claim's number. Callbacks of one message go out in
// the order of their ids: one that comes up while an earlier one is pending is parked until that one is through.
//
// Ids are times of the hosts that made them. Two callbacks of one message made on different hosts are in order as long
// as those clocks agree better than the callbacks are apart (a hand-over, a report): seconds of skew may swap them.

import type { NewCallback } from "../core/callbacks/callback.ts";
import { type AccountSid, type MessageSid, sidOf, type Uuid } from "../core/ids.ts";
import { plainArray, textArray, timeArray } from "./array-literal.ts";
import type { Database, Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";

export interface ClaimedCallback extends NewCallback {
  readonly origin: string;
  readonly claim: number;
  /** It was answered before, and is replayed: whatever the application says, nothing is sent. */
  readonly silent: boolean;
  /** Tries made before this one. */
  readonly attempts: number;
  readonly expiresAt: Date;
}

export interface CallbackClaim {
  readonly now: Date;
  readonly leaseEnd: Date;
  readonly limit: number;
  /** How many of one origin at the most; 0: it is left alone. */
  readonly freeOf: (origin: string) => number;
  /** Where the walk over the origins goes on: `next` of the claim before; at first "". */
  readonly after: string;
}

/** Rows and origins that one claim looks at, whatever is pending. */
const oldestRows = 1_000;
const walkedOrigins = 500;
/** Origins that one claim takes from: the candidates of each are locked. */
const claimedOrigins = 300;

// The origins of what has been due longest: all that have anything due, unless there is more due than that. Then others
// are looked for as well, a stretch at a time, so that any number of callbacks to dead or slow places, and any number of
// such places, cost the others no more than some turns: 1.3 ms beside 100,000 due to one dead origin, 6 ms for each 500 of
// 20,000 dead ones, 1 ms when nothing is due.
const originsStatement: Statement = {
  name: "due_callback_origins",
  text: `
    with recursive oldest as materialized (
      select origin, due_at from callbacks where state = 'pending' and due_at <= $1 order by due_at limit ${oldestRows}
    ), walk(origin, step) as (
      select (select c.origin from callbacks c where c.due_at is not null and c.origin > $2 order by c.origin limit 1), 1
      where (select count(*) from oldest) = ${oldestRows}
      union all
      select (
        select c.origin from callbacks c where c.due_at is not null and c.origin > w.origin order by c.origin limit 1
      ), w.step + 1
      from walk w where w.origin is not null and w.step < ${walkedOrigins}
    )
    (select origin, false as walked from oldest group by origin order by min(due_at))
    union all
    (select origin, true from walk where origin is not null order by step)`,
};

// Per origin through the index, so that a hundred thousand callbacks to one place are no more work than ten. 50 of 300
// origins that are due at once: 5 ms.
const lockStatement: Statement = {
  name: "lock_due_callbacks",
  text: `
    select due.account_id, due.id
    from unnest($3::text[], $4::int[]) as o(origin, free)
    cross join lateral (
      select account_id, id, due_at from callbacks c
      where c.origin = o.origin and c.due_at <= $1 order by c.due_at limit o.free
      for no key update skip locked
    ) as due
    order by due.due_at limit $2`,
};

// Runs after the rows are locked, with a snapshot of its own: whether an earlier callback is through by now.
const claimStatement: Statement = {
  name: "claim_locked_callbacks",
  text: `
    with picked as (
      select * from unnest($1::uuid[], $2::uuid[]) as p(account_id, id)
    ), waiting as (
      select p.account_id, p.id, case when e.due_at <= $3 then $4 else e.due_at end as until
      from picked p
      join callbacks c on c.account_id = p.account_id and c.id = p.id
      cross join lateral (
        select e.due_at from callbacks e
        where e.account_id = c.account_id and e.message_id = c.message_id and e.id < c.id and e.state = 'pending'
        order by e.id limit 1
      ) as e
    ), parked as (
      update callbacks c set due_at = w.until
      from waiting w where c.account_id = w.account_id and c.id = w.id
    )
    update callbacks c set due_at = $4, claim = c.claim + 1
    from picked p
    where c.account_id = p.account_id and c.id = p.id
      and not exists (select from waiting w where w.account_id = c.account_id and w.id = c.id)
    returning c.account_id, c.id, c.message_id, c.kind, c.url, c.origin, c.method, c.fallback_url, c.fallback_method,
      c.fields, c.claim, c.silent, c.attempts, c.expires_at`,
};

interface ClaimedRow {
  account_id: Uuid;
  id: Uuid;
  message_id: Uuid;
  kind: NewCallback["kind"];
  url: string;
  origin: string;
  method: NewCallback["method"];
  fallback_url: string | null;
  fallback_method: NewCallback["fallbackMethod"];
  fields: NewCallback["fields"];
  claim: number;
  silent: boolean;
  attempts: number;
  expires_at: Date;
}

export interface ClaimedCallbacks {
  readonly claimed: ClaimedCallback[];
  /** It is worth asking again at once. */
  readonly more: boolean;
  readonly next: string;
}

/** Claims due callbacks until `leaseEnd`. When nothing is due: one look at an index. */
export async function claimDueCallbacks(db: Database, claim: CallbackClaim): Promise<ClaimedCallbacks> {
  const found = await db.query<FoundOrigin & Record<string, unknown>>(originsStatement, [claim.now, claim.after]);
  const { origins, next } = choose(found, claim);
  const ended = next === "";
  if (origins.size === 0) return { claimed: [], more: !ended, next };
  return db.transaction(async (tx) => {
    const locked = await tx.query<{ account_id: Uuid; id: Uuid }>(lockStatement, [
      claim.now,
      claim.limit,
      textArray([...origins.keys()]),
      plainArray([...origins.values()]),
    ]);
    if (locked.length === 0) return { claimed: [], more: !ended, next };
    const rows = await tx.query<ClaimedRow & Record<string, unknown>>(claimStatement, [
      plainArray(locked.map((row) => row.account_id)),
      plainArray(locked.map((row) => row.id)),
      claim.now,
      claim.leaseEnd,
    ]);
    return { claimed: rows.map(toClaimed), more: true, next };
  });
}

interface FoundOrigin {
  readonly origin: string;
  readonly walked: boolean;
}

/** Those that may be taken from, with how many, and where the next walk begins ("": anew). */
function choose(
  found: readonly FoundOrigin[],
  { freeOf, after }: CallbackClaim,
): { readonly origins: ReadonlyMap<string, number>; readonly next: string } {
  const origins = new Map<string, number>();
  let last = after;
  let steps = 0;
  for (const { origin, walked } of found) {
    if (origins.size >= claimedOrigins) return { origins, next: last };
    const free = freeOf(origin);
    if (free > 0) origins.set(origin, free);
    if (!walked) continue;
    last = origin;
    steps += 1;
  }
  return { origins, next: steps < walkedOrigins ? "" : last };
}

function toClaimed(row: ClaimedRow): ClaimedCallback {
  const [, named] = row.fields.find(([name]) => name === "MessageSid") ?? [];
  return {
    accountSid: sidOf<AccountSid>("AC", row.account_id),
    id: row.id,
    messageSid: named === undefined ? sidOf<MessageSid>("SM", row.message_id) : (named as MessageSid),
    kind: row.kind,
    url: row.url,
    origin: row.origin,
    method: row.method,
    fallbackUrl: row.fallback_url,
    fallbackMethod: row.fallback_method,
    fields: row.fields,
    claim: row.claim,
    silent: row.silent,
    attempts: row.attempts,
    expiresAt: row.expires_at,
  };
}

/** What a claim came to. */
export interface CallbackOutcome {
  readonly callback: Pick<ClaimedCallback, "accountSid" | "id" | "messageSid" | "claim">;
  readonly state: "delivered" | "failed" | "pending";
  /** When pending: the next try. */
  readonly dueAt: Date | null;
  /** False: given back untried; then nothing but due_at changes. */
  readonly tried: boolean;
  readonly status: number | null;
  readonly error: string | null;
}

const finishStatement: Statement = {
  name: "finish_callbacks",
  text: `
    update callbacks c
    set state = o.state, due_at = o.due_at,
      attempts = c.attempts + o.tried::int,
      last_status = case when o.tried then o.status else c.last_status end,
      last_error = case when o.tried then o.error else c.last_error end,
      finished_at = case when o.state = 'pending' then null else $1::timestamptz end
    from unnest($2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::timestamptz[], $7::boolean[], $8::int[], $9::text[])
      as o(account_id, id, claim, state, due_at, tried, status, error)
    where c.account_id = o.account_id and c.id = o.id and c.claim = o.claim and c.state = 'pending'`,
};

// Only callbacks that were never claimed: any other may be in hand. Runs after the commit of what they waited for, so
// that no claim that parked them meanwhile is missed.
const unparkStatement: Statement = {
  name: "unpark_callbacks",
  text: `
    update callbacks c set due_at = $1
    from unnest($2::uuid[], $3::uuid[], $4::uuid[]) as o(account_id, message_id, id)
    where c.account_id = o.account_id and c.message_id = o.message_id and c.id > o.id
      and c.state = 'pending' and c.claim = 0`,
};

const errorCharactersMax = 1_000;

/** Errors quote what strangers sent; PostgreSQL stores neither U+0000 nor half a surrogate pair. */
function storable(error: string | null): string | null {
  return error === null ? null : error.slice(0, errorCharactersMax).replaceAll("\0", "").toWellFormed();
}

/** Stores outcomes, two statements for a whole batch. Those of claims that have been lost change nothing. */
export async function finishCallbacks(db: Queryable, outcomes: readonly CallbackOutcome[], now: Date): Promise<void> {
  await db.query(finishStatement, [
    now,
    plainArray(outcomes.map(({ callback }) => hexOf(callback.accountSid))),
    plainArray(outcomes.map(({ callback }) => callback.id)),
    plainArray(outcomes.map(({ callback }) => callback.claim)),
    plainArray(outcomes.map((outcome) => outcome.state)),
    timeArray(outcomes.map((outcome) => outcome.dueAt)),
    plainArray(outcomes.map((outcome) => outcome.tried)),
    plainArray(outcomes.map((outcome) => outcome.status)),
    textArray(outcomes.map((outcome) => storable(outcome.error))),
  ]);
  const through = outcomes.filter((outcome) => outcome.state !== "pending");
  if (through.length === 0) return;
  await db.query(unparkStatement, [
    now,
    plainArray(through.map(({ callback }) => hexOf(callback.accountSid))),
    plainArray(through.map(({ callback }) => hexOf(callback.messageSid))),
    plainArray(through.map(({ callback }) => callback.id)),
  ]);
}

const expireStatement: Statement = {
  name: "expire_callbacks",
  text: `
    update callbacks set state = 'failed', due_at = null, finished_at = $1, last_error = coalesce(last_error, $3)
    where origin = any($2::text[]) and due_at <= $1 and expires_at <= $1
    returning 1`,
};

/** Gives up callbacks to origins that have been failing, once their time is over. Resolves to how many. */
export async function expireCallbacks(
  db: Queryable,
  origins: readonly string[],
  reason: string,
  now: Date,
): Promise<number> {
  if (origins.length === 0) return 0;
  const rows = await db.query(expireStatement, [now, textArray(origins), reason]);
  return rows.length;
}

const endLeasesStatement: Statement = {
  name: "end_callback_leases",
  text: "update callbacks set due_at = $1 where state = 'pending' and due_at > $1 and due_at <= $2 returning 1",
};

/**
 * Makes callbacks due that a dead sender may hold, and those parked behind them; retries of the next moments come a
 * little early with them.
 * Only for a gateway that knows itself to be alone on the database.
 */
export async function endCallbackLeases(db: Queryable, now: Date, leaseMs: number): Promise<number> {
  return (await db.query(endLeasesStatement, [now, new Date(now.getTime() + leaseMs)])).length;
}
