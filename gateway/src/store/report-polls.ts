// Attempts whose end is still to be asked for, and who asks. A row is there from the hand-over until the last report, or
// until it is given up.

import type { AccountSid, MessageSid, Uuid } from "../core/ids.ts";
import { sidOf, uuidOf } from "../core/ids.ts";
import { plainArray, textArray, timeArray } from "./array-literal.ts";
import type { AttemptName } from "./attempt-reports.ts";
import type { Queryable, Statement } from "./database.ts";
import { hexOf } from "./message-insert.ts";

export interface NewReportPoll extends AttemptName {
  readonly providerId: Uuid;
  /** The provider's own id of the message. */
  readonly carrierMessageId: string;
  readonly calledBack: boolean;
  readonly dueAt: Date;
}

const insertStatement: Statement = {
  name: "insert_report_polls",
  text: `
    insert into report_polls (account_id, message_id, attempt, provider_id, carrier_message_id, sent_at, called_back,
      due_at)
    select account_id, message_id, attempt, provider_id, carrier_message_id, $1, called_back, due_at
    from unnest($2::uuid[], $3::uuid[], $4::integer[], $5::uuid[], $6::text[], $7::boolean[], $8::timestamptz[])
      as n(account_id, message_id, attempt, provider_id, carrier_message_id, called_back, due_at)
    where exists (
      select from messages m
      where m.account_id = n.account_id and m.id = n.message_id and m.status in ('sending', 'queued', 'sent'))
    on conflict do nothing`,
};

/**
 * In the transaction that stores that the attempts were taken. The same again changes nothing; nor does one of a message
 * that has come to its end already.
 */
export async function insertReportPolls(tx: Queryable, polls: readonly NewReportPoll[], now: Date): Promise<void> {
  if (polls.length === 0) return;
  await tx.query(insertStatement, [
    now,
    plainArray(polls.map((poll) => hexOf(poll.accountSid))),
    plainArray(polls.map((poll) => hexOf(poll.messageSid))),
    plainArray(polls.map((poll) => poll.attempt)),
    plainArray(polls.map((poll) => poll.providerId)),
    textArray(polls.map((poll) => poll.carrierMessageId)),
    plainArray(polls.map((poll) => poll.calledBack)),
    timeArray(polls.map((poll) => poll.dueAt)),
  ]);
}

const dropStatement: Statement = {
  name: "drop_report_polls",
  text: `
    delete from report_polls p using unnest($1::uuid[], $2::uuid[], $3::integer[]) as d(account_id, message_id, attempt)
    where p.account_id = d.account_id and p.message_id = d.message_id and p.attempt = d.attempt`,
};

/** There is nothing more to ask. */
export async function dropReportPolls(tx: Queryable, attempts: readonly AttemptName[]): Promise<void> {
  if (attempts.length === 0) return;
  await tx.query(dropStatement, [
    plainArray(attempts.map((one) => hexOf(one.accountSid))),
    plainArray(attempts.map((one) => hexOf(one.messageSid))),
    plainArray(attempts.map((one) => one.attempt)),
  ]);
}

export interface ReportPoll extends AttemptName {
  readonly carrierMessageId: string;
  readonly sentAt: Date;
  readonly calledBack: boolean;
  readonly tries: number;
  /** The message waits for a report. False: it has come to an end by other ways, or is gone. */
  readonly wanted: boolean;
}

interface PollRow {
  message_id: Uuid;
  attempt: number;
  carrier_message_id: string;
  sent_at: Date;
  called_back: boolean;
  tries: number;
  wanted: boolean;
}

const dueStatement: Statement = {
  name: "due_report_polls",
  text: `
    select p.message_id, p.attempt, p.carrier_message_id, p.sent_at, p.called_back, p.tries,
      coalesce(m.status in ('sending', 'queued', 'sent'), false) as wanted
    from (
      select * from report_polls where account_id = $1 and provider_id = $2 and due_at <= $3 order by due_at limit $4
    ) p
    left join messages m on m.account_id = p.account_id and m.id = p.message_id
    order by p.message_id`,
};

/** Attempts of one provider that are due, oldest due first up to `limit`. Only for who holds the provider's lease. */
export async function dueReportPolls(
  db: Queryable,
  { accountSid, providerId }: PolledProvider,
  now: Date,
  limit: number,
): Promise<ReportPoll[]> {
  const rows = await db.query<PollRow & Record<string, unknown>>(dueStatement, [
    uuidOf(accountSid),
    providerId,
    now,
    limit,
  ]);
  return rows.map((row) => ({
    accountSid,
    messageSid: sidOf<MessageSid>("SM", row.message_id),
    attempt: row.attempt,
    carrierMessageId: row.carrier_message_id,
    sentAt: row.sent_at,
    calledBack: row.called_back,
    tries: row.tries,
    wanted: row.wanted,
  }));
}

const postponeStatement: Statement = {
  name: "postpone_report_polls",
  text: `
    update report_polls p set due_at = n.due_at, tries = p.tries + 1
    from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::timestamptz[]) as n(account_id, message_id, attempt, due_at)
    where p.account_id = n.account_id and p.message_id = n.message_id and p.attempt = n.attempt`,
};

/** They were asked about: again at `dueAt`. */
export async function postponeReportPolls(
  tx: Queryable,
  polls: readonly (AttemptName & { readonly dueAt: Date })[],
): Promise<void> {
  if (polls.length === 0) return;
  await tx.query(postponeStatement, [
    plainArray(polls.map((poll) => hexOf(poll.accountSid))),
    plainArray(polls.map((poll) => hexOf(poll.messageSid))),
    plainArray(polls.map((poll) => poll.attempt)),
    timeArray(polls.map((poll) => poll.dueAt)),
  ]);
}

export interface PolledProvider {
  readonly accountSid: AccountSid;
  readonly providerId: Uuid;
}

export interface PollLease extends PolledProvider {
  readonly claim: number;
  /** Rounds in a row in which the provider gave no answer. */
  readonly failures: number;
}

// One look at an index for each provider; they are few. A lease that was given back ends when it was: who has waited
// longest since then is the next, and who never had a turn comes before all others.
const claimStatement: Statement = {
  name: "claim_polled_providers",
  text: `
    insert into report_pollers as r (account_id, provider_id, lease_until)
    select account_id, id, $2
    from (
      select p.account_id, p.id, l.lease_until as waits_since, row_number() over (
        partition by p.account_id order by l.lease_until nulls first, p.id) as place
      from (
        select account_id, id from providers where kind = 'twilio' union select account_id, id from retired_providers) p
      left join report_pollers l on l.account_id = p.account_id and l.provider_id = p.id
      where (l.account_id is null or greatest(l.lease_until, l.resume_at) <= $1)
        and exists (
          select from report_polls d where d.account_id = p.account_id and d.provider_id = p.id and d.due_at <= $1)
    ) as waiting
    where place + (select count(*) from report_pollers h where h.account_id = waiting.account_id and h.lease_until > $1)
      <= $4
    order by waits_since nulls first, account_id, id limit $3
    on conflict (account_id, provider_id) do update set lease_until = excluded.lease_until, claim = r.claim + 1
      where greatest(r.lease_until, r.resume_at) <= $1
    returning account_id, provider_id, claim, failures`,
};

export interface ClaimLimits {
  readonly total: number;
  /** Including those that are being asked already, by whichever process. */
  readonly perAccount: number;
}

/** Takes providers that have something due, until `leaseEnd`: those that have waited longest, deleted ones included. */
export async function claimPolledProviders(
  db: Queryable,
  now: Date,
  leaseEnd: Date,
  { total, perAccount }: ClaimLimits,
): Promise<PollLease[]> {
  const rows = await db.query<{ account_id: Uuid; provider_id: Uuid; claim: number; failures: number }>(
    claimStatement,
    [now, leaseEnd, total, perAccount],
  );
  return rows.map((row) => ({
    accountSid: sidOf<AccountSid>("AC", row.account_id),
    providerId: row.provider_id,
    claim: row.claim,
    failures: row.failures,
  }));
}

const releaseStatement: Statement = {
  name: "release_polled_provider",
  text: `
    update report_pollers set lease_until = $4, resume_at = coalesce($5::timestamptz, '-infinity'), failures = $6
    where account_id = $1 and provider_id = $2 and claim = $3`,
};

export interface PollTurn {
  /** The provider is left alone until then; null: it need not be. */
  readonly resumeAt: Date | null;
  /** Rounds in a row, this one included, in which the provider gave no answer. */
  readonly failures: number;
}

/** Gives a provider back, unless the lease has been lost. */
export async function releasePolledProvider(
  db: Queryable,
  { accountSid, providerId, claim }: PollLease,
  now: Date,
  { resumeAt, failures }: PollTurn,
): Promise<void> {
  await db.query(releaseStatement, [uuidOf(accountSid), providerId, claim, now, resumeAt, failures]);
}

const isGone = (owner: string) => `
  not exists (select from providers v where v.account_id = ${owner}.account_id and v.id = ${owner}.provider_id)
  and not exists (select from retired_providers v where v.account_id = ${owner}.account_id and v.id = ${owner}.provider_id)`;

/** Forgets when providers that are gone were asked. */
export async function dropOrphanedReportPollers(db: Queryable): Promise<void> {
  await db.query(`delete from report_pollers r where ${isGone("r")}`);
}

/** Forgets what was to be asked of providers that are gone, up to `limit`. Resolves to how many. */
export async function dropOrphanedReportPolls(db: Queryable, limit: number): Promise<number> {
  const rows = await db.query(
    `delete from report_polls where (account_id, message_id, attempt) in (
       select p.account_id, p.message_id, p.attempt from report_polls p
       where ${isGone("p")}
       limit $1 for update skip locked)
     returning 1 as dropped`,
    [limit],
  );
  return rows.length;
}
