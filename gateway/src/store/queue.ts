// The message table as the queue: claiming due messages, storing the intent of each attempt, storing outcomes.
// A claim is a lease: a worker that dies gives its messages back by doing nothing. Every later write names the claim's
// number, so that a worker that has lost its lease changes nothing.
//
// These statements assume index-driven plans; app/open-database.ts opens their pool with sequential scans, hash and merge
// joins off, because a plan that was cached while the tables were small would otherwise stay for minutes. So no statement
// here may join two sets of its own (that would be a nested loop over both): RETURNING carries along what is needed.

import type { AccountSid, MessageSid, MessagingServiceSid, Uuid } from "../core/ids.ts";
import { sidOf } from "../core/ids.ts";
import type { MessageDirection, MessageOptions, MessageStatus } from "../core/messages/message.ts";
import { plainArray, textArray, timeArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { inLockOrder } from "./lock-order.ts";
import { matchAnswered } from "./match-answered.ts";
import { hexOf } from "./message-insert.ts";

export interface ClaimedMessage {
  readonly accountSid: AccountSid;
  readonly sid: MessageSid;
  readonly direction: MessageDirection;
  /** As it stood before the claim; `sending` means that an earlier worker did not finish. */
  readonly status: MessageStatus;
  readonly from: string | null;
  readonly to: string;
  readonly senderId: Uuid | null;
  readonly messagingServiceSid: MessagingServiceSid | null;
  readonly body: string;
  readonly numSegments: number;
  readonly numMedia: number;
  readonly statusCallback: string | null;
  readonly options: MessageOptions;
  readonly expired: boolean;
  /** How long it has been due. */
  readonly lateMs: number;
  readonly claim: number;
  readonly attempts: number;
  readonly paced: boolean;
}

interface ClaimedRow {
  account_id: Uuid;
  id: Uuid;
  direction: MessageDirection;
  status: MessageStatus;
  from_address: string | null;
  to_address: string;
  sender_id: Uuid | null;
  messaging_service_id: Uuid | null;
  body: string;
  num_segments: number;
  num_media: number;
  status_callback: string | null;
  options: MessageOptions | null;
  expired: boolean;
  late_ms: number;
  claim: number;
  attempts: number;
  paced: boolean;
}

const claimStatement = (order: "asc" | "desc"): Statement => ({
  name: `claim_due_messages_${order}`,
  text: `
    with due as (
      select account_id, id, status, due_at from messages
      where due_at <= $1 and (lease_until is null or lease_until <= $1)
      order by due_at ${order} limit $2 for no key update skip locked
    )
    update messages m
    set lease_until = $3, claim = m.claim + 1, status = case m.status when 'queued' then 'sending' else m.status end
    from due d
    where m.account_id = d.account_id and m.id = d.id
    returning m.account_id, m.id, m.direction, d.status, m.from_address, m.to_address, m.sender_id,
      m.messaging_service_id, m.body, m.num_segments, m.num_media, m.status_callback, m.options,
      m.expires_at <= $1 as expired, (extract(epoch from $1 - d.due_at) * 1000)::float8 as late_ms, m.claim, m.attempts,
      m.paced`,
});
const claimOldest = claimStatement("asc");
const claimNewest = claimStatement("desc");

/** Claims up to `limit` messages that are due at `now`, until `leaseEnd`: those that have been due longest, or shortest. */
export async function claimDueMessages(
  db: Queryable,
  now: Date,
  leaseEnd: Date,
  limit: number,
  end: "oldest" | "newest" = "oldest",
): Promise<ClaimedMessage[]> {
  const rows = await db.query<ClaimedRow>(end === "oldest" ? claimOldest : claimNewest, [now, limit, leaseEnd]);
  return rows.map((row) => ({
    accountSid: sidOf<AccountSid>("AC", row.account_id),
    sid: sidOf<MessageSid>(row.num_media > 0 ? "MM" : "SM", row.id),
    direction: row.direction,
    status: row.status,
    from: row.from_address,
    to: row.to_address,
    senderId: row.sender_id,
    messagingServiceSid:
      row.messaging_service_id === null ? null : sidOf<MessagingServiceSid>("MG", row.messaging_service_id),
    body: row.body,
    numSegments: row.num_segments,
    numMedia: row.num_media,
    statusCallback: row.status_callback,
    options: row.options ?? {},
    expired: row.expired,
    lateMs: row.late_ms,
    claim: row.claim,
    attempts: row.attempts,
    paced: row.paced,
  }));
}

export interface AttemptIntent {
  readonly accountSid: AccountSid;
  readonly sid: MessageSid;
  readonly claim: number;
  readonly attempt: number;
  readonly providerId: Uuid;
  readonly senderId: Uuid | null;
  readonly from: string;
  /** What the message shows as its sender; null: the provider chooses one. */
  readonly shownFrom: string | null;
  readonly body: string;
  readonly numSegments: number;
}

// The message row says which attempt is open and whom it is from; both rows or neither.
const beginStatement: Statement = {
  name: "begin_attempts",
  text: `
    with i as (
      select * from unnest($2::uuid[], $3::uuid[], $4::integer[], $5::integer[], $6::uuid[], $7::uuid[], $8::text[],
        $9::smallint[], $10::text[], $11::text[])
        as i(account_id, id, claim, attempt, provider_id, sender_id, from_address, num_segments, body, shown_from)
    ), begun as (
      update messages m
      set status = 'sending', attempts = i.attempt, from_address = i.shown_from, sender_id = i.sender_id,
        num_segments = i.num_segments, body = i.body, updated_at = $1
      from i
      where m.account_id = i.account_id and m.id = i.id and m.claim = i.claim and m.lease_until is not null
        and m.status in ('sending', 'accepted', 'scheduled', 'queued')
      returning m.account_id, m.id, i.attempt, i.provider_id, i.from_address
    )
    insert into attempts (account_id, message_id, attempt, provider_id, from_address, started_at)
    select account_id, id, attempt, provider_id, from_address, $1
    from begun
    on conflict do nothing
    returning message_id`,
};

// A first attempt of a message that was queued with its sender changes nothing in the message row but the count, and the
// attempt row says that too: spared, because each update of a message writes all its index entries.
const beginFirstStatement: Statement = {
  name: "begin_first_attempts",
  text: `
    insert into attempts (account_id, message_id, attempt, provider_id, from_address, started_at)
    select account_id, id, attempt, provider_id, from_address, $1
    from unnest($2::uuid[], $3::uuid[], $4::integer[], $5::uuid[], $6::text[])
      as i(account_id, id, attempt, provider_id, from_address)
    on conflict do nothing
    returning message_id`,
};

/** Stores first attempts of messages whose row needs no change. Resolves to the UUIDs that may be sent. */
export async function beginFirstAttempts(
  db: Queryable,
  intents: readonly AttemptIntent[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ message_id: string }>(beginFirstStatement, [
    now,
    plainArray(intents.map((intent) => hexOf(intent.accountSid))),
    plainArray(intents.map((intent) => hexOf(intent.sid))),
    plainArray(intents.map((intent) => intent.attempt)),
    plainArray(intents.map((intent) => intent.providerId)),
    textArray(intents.map((intent) => intent.from)),
  ]);
  return new Set(rows.map((row) => row.message_id));
}

/** Stores attempts together with what they settle about the message. Resolves to the UUIDs that may be sent. */
export async function beginAttempts(
  db: Queryable,
  intents: readonly AttemptIntent[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const sorted = inLockOrder(intents, (intent) => intent.sid);
  const rows = await db.query<{ message_id: string }>(beginStatement, [
    now,
    plainArray(sorted.map((intent) => hexOf(intent.accountSid))),
    plainArray(sorted.map((intent) => hexOf(intent.sid))),
    plainArray(sorted.map((intent) => intent.claim)),
    plainArray(sorted.map((intent) => intent.attempt)),
    plainArray(sorted.map((intent) => intent.providerId)),
    plainArray(sorted.map((intent) => intent.senderId)),
    textArray(sorted.map((intent) => intent.from)),
    plainArray(sorted.map((intent) => intent.numSegments)),
    textArray(sorted.map((intent) => intent.body)),
    textArray(sorted.map((intent) => intent.shownFrom)),
  ]);
  return new Set(rows.map((row) => row.message_id));
}

export type AttemptOutcome = "accepted" | "adopted" | "retry" | "next-provider" | "refused" | "unknown" | "lost";

/** What a claim came to. The lease ends with it. */
export interface ClaimResult {
  readonly accountSid: AccountSid;
  readonly sid: MessageSid;
  readonly claim: number;
  readonly status: MessageStatus;
  /** When to look again; null: the queue is done with it. */
  readonly dueAt: Date | null;
  readonly errorCode: number | null;
  /** dueAt is a slot of the sender's pace. */
  readonly paced: boolean;
  readonly attempt: {
    readonly attempt: number;
    readonly outcome: AttemptOutcome;
    readonly errorCode: number | null;
    readonly reason: string | null;
    readonly carrierMessageId: string | null;
    /** This carrier finds messages by their content: the id is matched with this attempt alone. */
    readonly matched: boolean;
  } | null;
  readonly event: { readonly id: Uuid; readonly type: string; readonly data: object | null } | null;
}

/**
 * No later than its validity ends, which is what it comes for then. An open outcome that is asked about beyond that (or waits
 * for its provider) comes when it was told: at once, it would be claimed over and over.
 */
function comeAgain(of: "o" | "p", now = "$1"): string {
  return `case when ${of}.status = 'sending' and m.expires_at <= ${now} then ${of}.due_at
      when ${of}.due_at is not null then least(${of}.due_at, m.expires_at) end`;
}

// A report may have come before this outcome: then the status stays, and neither event nor callback follows; and the
// attempt that it has settled stays settled, whatever its worker could find out. The lease
// ends with the outcome, so that one that is stored again (the first acknowledgement was lost) changes nothing.
// What is adopted has been matched with its attempt before (adoptCarrierMessage): an attempt that is open all the same has
// been opened again since.
const finishStatement: Statement = {
  name: "finish_claims",
  text: `
    with o as (
      select * from unnest($2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::timestamptz[], $7::integer[],
        $8::boolean[], $9::integer[], $10::text[], $11::integer[], $12::text[], $13::text[], $14::uuid[], $15::text[],
        $16::text[], $17::boolean[])
        as o(account_id, id, claim, status, due_at, error_code, paced, attempt, outcome, attempt_error_code, reason,
          carrier_message_id, event_id, event_type, event_data, matched)
    ), finished as (
      update messages m
      set status = case when m.status in ('sending', 'accepted', 'scheduled', 'queued') then o.status else m.status end,
        error_code = case when m.status in ('sending', 'accepted', 'scheduled', 'queued') then o.error_code
          else m.error_code end,
        sent_at = case when o.status = 'sent' then coalesce(m.sent_at, $1) else m.sent_at end,
        attempts = greatest(m.attempts, o.attempt), due_at = ${comeAgain("o")}, lease_until = null,
        paced = o.paced,
        updated_at = $1
      from o
      where m.account_id = o.account_id and m.id = o.id and m.claim = o.claim and m.lease_until is not null
      returning m.account_id, m.id, m.status = o.status and (o.status <> 'sent' or m.sent_at = $1) as applied, o.event_id, o.event_type, o.event_data
    ), attempted as (
      update attempts a
      set finished_at = $1,
        outcome = case when o.matched and o.outcome = 'adopted' then coalesce(a.outcome, 'unknown')
          when a.outcome = 'adopted' and o.outcome <> 'accepted' then a.outcome else o.outcome end,
        error_code = o.attempt_error_code, reason = o.reason,
        carrier_message_id = case when o.matched and o.outcome = 'adopted' then a.carrier_message_id
          else coalesce(o.carrier_message_id, a.carrier_message_id) end
      from o
      where o.outcome is not null and a.account_id = o.account_id and a.message_id = o.id and a.attempt = o.attempt
      returning a.account_id, a.provider_id, a.carrier_message_id, a.message_id, a.attempt,
        o.matched and o.outcome = 'accepted' as matches
    ), ${matchAnswered("attempted where matches")}, recorded as (
      insert into events (account_id, id, message_id, type, data)
      select account_id, event_id, id, event_type, event_data::jsonb
      from finished
      where applied and event_type is not null
    )
    select id from finished where applied`,
};

// By the key of the claim like every write of a worker: one that has lost its lease explains nothing.
const explainStatement: Statement = {
  name: "explain_sent",
  text: `
    update events e
    set data = o.data::jsonb
    from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[]) as o(account_id, id, claim, data)
    join messages m on m.account_id = o.account_id and m.id = o.id and m.claim = o.claim
    where e.account_id = o.account_id and e.message_id = o.id and e.type = 'message.sent' and e.data is null`,
};

/** A report that went ahead of a hand-over's outcome has told that the message was sent, but not how: that is added. */
export async function explainSent(db: Queryable, results: readonly ClaimResult[]): Promise<void> {
  const sent = results.filter(({ event }) => event?.type === "message.sent" && event.data !== null);
  if (sent.length === 0) return;
  await db.query(explainStatement, [
    plainArray(sent.map((result) => hexOf(result.accountSid))),
    plainArray(sent.map((result) => hexOf(result.sid))),
    plainArray(sent.map((result) => result.claim)),
    textArray(sent.map((result) => JSON.stringify(result.event?.data))),
  ]);
}

/** Stores outcomes and ends their leases. Resolves to the UUIDs of the messages that now have the given status. */
export async function finishClaims(
  db: Queryable,
  results: readonly ClaimResult[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const sorted = inLockOrder(results, (result) => result.sid);
  const rows = await db.query<{ id: string }>(finishStatement, [
    now,
    plainArray(sorted.map((result) => hexOf(result.accountSid))),
    plainArray(sorted.map((result) => hexOf(result.sid))),
    plainArray(sorted.map((result) => result.claim)),
    plainArray(sorted.map((result) => result.status)),
    timeArray(sorted.map((result) => result.dueAt)),
    plainArray(sorted.map((result) => result.errorCode)),
    plainArray(sorted.map((result) => result.paced)),
    plainArray(sorted.map((result) => result.attempt?.attempt ?? null)),
    plainArray(sorted.map((result) => result.attempt?.outcome ?? null)),
    plainArray(sorted.map((result) => result.attempt?.errorCode ?? null)),
    textArray(sorted.map((result) => result.attempt?.reason ?? null)),
    textArray(sorted.map((result) => result.attempt?.carrierMessageId ?? null)),
    plainArray(sorted.map((result) => result.event?.id ?? null)),
    textArray(sorted.map((result) => result.event?.type ?? null)),
    textArray(sorted.map((result) => (result.event?.data ? JSON.stringify(result.event.data) : null))),
    plainArray(sorted.map((result) => result.attempt?.matched === true && result.attempt.carrierMessageId !== null)),
  ]);
  return new Set(rows.map((row) => row.id));
}

export interface DeferredClaim {
  readonly message: ClaimedMessage;
  /** The sender that has been chosen for it. */
  readonly route: { readonly senderId: Uuid | null; readonly from: string };
  readonly dueAt: Date;
}

const deferStatement: Statement = {
  name: "defer_claims",
  text: `
    update messages m
    set status = 'queued', sender_id = d.sender_id, from_address = d.from_address, due_at = least(d.due_at, m.expires_at),
      lease_until = null, paced = true, updated_at = $1
    from unnest($2::uuid[], $3::uuid[], $4::integer[], $5::uuid[], $6::text[], $7::timestamptz[])
      as d(account_id, id, claim, sender_id, from_address, due_at)
    where m.account_id = d.account_id and m.id = d.id and m.claim = d.claim
      and m.status in ('sending', 'accepted', 'scheduled', 'queued')
    returning m.id`,
};

/** Gives claims back until their sender's slot comes. Resolves to the UUIDs of those that now wait. */
export async function deferClaims(
  tx: Queryable,
  deferred: readonly DeferredClaim[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const sorted = inLockOrder(deferred, ({ message }) => message.sid);
  const rows = await tx.query<{ id: string }>(deferStatement, [
    now,
    plainArray(sorted.map(({ message }) => hexOf(message.accountSid))),
    plainArray(sorted.map(({ message }) => hexOf(message.sid))),
    plainArray(sorted.map(({ message }) => message.claim)),
    plainArray(sorted.map(({ route }) => route.senderId)),
    textArray(sorted.map(({ route }) => route.from)),
    timeArray(sorted.map(({ dueAt }) => dueAt)),
  ]);
  return new Set(rows.map((row) => row.id));
}

export interface PutOffClaim {
  readonly message: ClaimedMessage;
  readonly dueAt: Date;
}

const putOffStatement: Statement = {
  name: "put_off_claims",
  text: `
    update messages m
    set status = case m.status when 'sending' then p.status else m.status end, due_at = ${comeAgain("p", "$6")},
      lease_until = null
    from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::timestamptz[])
      as p(account_id, id, claim, status, due_at)
    where m.account_id = p.account_id and m.id = p.id and m.claim = p.claim and m.lease_until is not null`,
};

/** Gives claims back as they were, to come again later. */
export async function putOffClaims(db: Queryable, claims: readonly PutOffClaim[], now: Date): Promise<void> {
  if (claims.length === 0) return;
  const sorted = inLockOrder(claims, ({ message }) => message.sid);
  await db.query(putOffStatement, [
    plainArray(sorted.map(({ message }) => hexOf(message.accountSid))),
    plainArray(sorted.map(({ message }) => hexOf(message.sid))),
    plainArray(sorted.map(({ message }) => message.claim)),
    plainArray(sorted.map(({ message }) => message.status)),
    timeArray(sorted.map(({ dueAt }) => dueAt)),
    now,
  ]);
}

const releaseStatement: Statement = {
  name: "release_claims",
  text: `
    update messages m set lease_until = null
    from unnest($1::uuid[], $2::uuid[], $3::integer[]) as c(account_id, id, claim)
    where m.account_id = c.account_id and m.id = c.id and m.claim = c.claim`,
};

/** Gives claims back as they are; an attempt that has been begun stays open, for the next claim to ask about. */
export async function releaseClaims(db: Queryable, claims: readonly ClaimedMessage[]): Promise<void> {
  const sorted = inLockOrder(claims, (message) => message.sid);
  await db.query(releaseStatement, [
    plainArray(sorted.map((message) => hexOf(message.accountSid))),
    plainArray(sorted.map((message) => hexOf(message.sid))),
    plainArray(sorted.map((message) => message.claim)),
  ]);
}

/**
 * Ends every lease at once: for a gateway that knows itself alone on the database (embedded) and so knows that whoever
 * held them is dead.
 */
export async function endAbandonedLeases(db: Queryable, now: Date): Promise<void> {
  await db.query("update messages set lease_until = null where due_at <= $1 and lease_until > $1", [now]);
}
