// The sandbox's tables: what was handed to it and what its handsets sent (sandbox_messages), the delivery reports that
// it owes (sandbox_reports) and the fault rules (sandbox_faults). Reads nothing of the gateway's own messages.

import { type AccountSid, type MessageSid, newUuid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { FaultDocument } from "../core/sandbox/fault-rules.ts";
import { plainArray, textArray, timeArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";

/** A hand-over that the sandbox took. */
export interface SandboxDeliveryRow {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  readonly messageSid: MessageSid;
  readonly attempt: number;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly mediaUrls: readonly string[];
  readonly errorCode: number | null;
  readonly at: Date;
}

export type SandboxReportStatus = "sent" | "delivered" | "undelivered";

/** A delivery report that the sandbox owes. */
export interface SandboxReportRow {
  readonly accountSid: AccountSid;
  readonly messageSid: MessageSid;
  readonly status: SandboxReportStatus;
  readonly errorCode: number | null;
  readonly dueAt: Date;
}

/** One line of a handset's history. */
export interface HandsetEntry {
  readonly id: Uuid;
  readonly direction: "to-handset" | "from-handset";
  readonly handset: string;
  /** The account's side. */
  readonly sender: string;
  readonly body: string;
  readonly mediaUrls: readonly string[];
  readonly messageSid: MessageSid | null;
  /** Null for what the handset sent. */
  readonly attempt: number | null;
  /** Not null: it never reached the handset. */
  readonly errorCode: number | null;
  readonly at: Date;
}

export interface HandsetSummary {
  readonly handset: string;
  readonly received: number;
  readonly sent: number;
  readonly lastActivityAt: Date;
}

// One statement, so one round trip and one commit for both tables.
const insertDeliveries: Statement = {
  name: "sandbox-insert-deliveries",
  text: `
    with reports as (
      insert into sandbox_reports (account_id, id, message_id, has_media, status, error_code, due_at)
      select * from unnest($11::uuid[], $12::uuid[], $13::uuid[], $14::boolean[], $15::text[], $16::integer[],
        $17::timestamptz[])
    )
    insert into sandbox_messages
      (account_id, id, handset, direction, sender, body, media_urls, message_id, attempt, error_code, created_at)
    select account_id, id, handset, 'to-handset', sender, body, media_urls, message_id, attempt, error_code, created_at
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::uuid[], $8::smallint[],
        $9::integer[], $10::timestamptz[])
      as row (account_id, id, handset, sender, body, media_urls, message_id, attempt, error_code, created_at)`,
};

/** Stores hand-overs and the reports that they are owed, all or none. */
export async function insertSandboxDeliveries(
  db: Queryable,
  deliveries: readonly SandboxDeliveryRow[],
  reports: readonly SandboxReportRow[],
): Promise<void> {
  await db.query(insertDeliveries, [
    plainArray(deliveries.map((row) => hexOf(row.accountSid))),
    plainArray(deliveries.map((row) => row.id)),
    textArray(deliveries.map((row) => row.to)),
    textArray(deliveries.map((row) => row.from)),
    textArray(deliveries.map((row) => row.body)),
    textArray(deliveries.map((row) => mediaJson(row.mediaUrls))),
    plainArray(deliveries.map((row) => hexOf(row.messageSid))),
    plainArray(deliveries.map((row) => row.attempt)),
    plainArray(deliveries.map((row) => row.errorCode)),
    timeArray(deliveries.map((row) => row.at)),
    plainArray(reports.map((row) => hexOf(row.accountSid))),
    plainArray(reports.map(() => newUuid())),
    plainArray(reports.map((row) => hexOf(row.messageSid))),
    plainArray(reports.map((row) => row.messageSid.startsWith("MM"))),
    plainArray(reports.map((row) => row.status)),
    plainArray(reports.map((row) => row.errorCode)),
    timeArray(reports.map((row) => row.dueAt)),
  ]);
}

// The index of message ids, not the handset's: a load test sends thousands a second to one handset, and may ask about as
// many at once. It costs the inserts less than can be measured (60 k/s with and without). Materialized, lest the order
// be taken from the primary key.
const findDelivery: Statement = {
  name: "sandbox-find-delivery",
  text: `
    with found as materialized (
      select id from sandbox_messages
      where account_id = $1 and message_id = $2 and attempt = $3 and direction = 'to-handset'
    )
    select id from found order by id limit 1`,
};

export interface SandboxQuestion {
  readonly accountSid: AccountSid;
  readonly messageSid: MessageSid;
  readonly attempt: number;
}

/** The id of the first record of an attempt; null if the sandbox never took it. */
export async function findSandboxDelivery(
  db: Queryable,
  { accountSid, messageSid, attempt }: SandboxQuestion,
): Promise<Uuid | null> {
  const rows = await db.query<{ id: Uuid }>(findDelivery, [uuidOf(accountSid), uuidOf(messageSid), attempt]);
  return rows[0]?.id ?? null;
}

// Two workers never take the same row (skip locked), and never wait for each other. Rows are never updated, so a
// locked ctid stays true.
const takeReports: Statement = {
  name: "sandbox-take-reports",
  text: `
    delete from sandbox_reports
    where ctid = any (array(
      select ctid from sandbox_reports where due_at <= $1 order by due_at limit $2 for update skip locked))
    returning account_id, id, message_id, has_media, status, error_code, due_at`,
};

interface ReportRecord {
  readonly account_id: Uuid;
  readonly id: Uuid;
  readonly message_id: Uuid;
  readonly has_media: boolean;
  readonly status: SandboxReportStatus;
  readonly error_code: number | null;
  readonly due_at: Date;
}

/** Takes up to `limit` reports that are due out of the table, earliest first. They come back if `tx` rolls back. */
export async function takeDueSandboxReports(tx: Queryable, now: Date, limit: number): Promise<SandboxReportRow[]> {
  const rows = await tx.query<ReportRecord>(takeReports, [now, limit]);
  // DELETE returns rows in no particular order; ids of one instant rise in the order in which they were planned.
  rows.sort((a, b) => a.due_at.getTime() - b.due_at.getTime() || (a.id < b.id ? -1 : 1));
  return rows.map((row) => ({
    accountSid: sidOf<AccountSid>("AC", row.account_id),
    messageSid: sidOf<MessageSid>(row.has_media ? "MM" : "SM", row.message_id),
    status: row.status,
    errorCode: row.error_code,
    dueAt: row.due_at,
  }));
}

const nextReport: Statement = {
  name: "sandbox-next-report",
  text: "select due_at from sandbox_reports order by due_at limit 1",
};

/** When the earliest report is due; null if none is owed. */
export async function nextSandboxReportDue(db: Queryable): Promise<Date | null> {
  const rows = await db.query<{ due_at: Date }>(nextReport);
  return rows[0]?.due_at ?? null;
}

const insertFromHandset: Statement = {
  name: "sandbox-insert-from-handset",
  text: `insert into sandbox_messages
      (account_id, id, handset, direction, sender, body, media_urls, message_id, created_at)
    values ($1, $2, $3, 'from-handset', $4, $5, $6, $7, $8)`,
};

/** Notes what a handset sent. `messageSid` is the gateway's inbound message. */
export async function insertFromHandsetRecord(
  db: Queryable,
  record: Omit<HandsetEntry, "direction" | "attempt" | "errorCode"> & { readonly accountSid: AccountSid },
): Promise<void> {
  await db.query(insertFromHandset, [
    uuidOf(record.accountSid),
    record.id,
    record.handset,
    record.sender,
    record.body,
    mediaJson(record.mediaUrls),
    record.messageSid === null ? null : uuidOf(record.messageSid),
    record.at,
  ]);
}

interface EntryRecord {
  readonly id: Uuid;
  readonly direction: HandsetEntry["direction"];
  readonly handset: string;
  readonly sender: string;
  readonly body: string;
  readonly media_urls: string[] | null;
  readonly message_id: Uuid | null;
  readonly attempt: number | null;
  readonly error_code: number | null;
  readonly created_at: Date;
}

export interface HandsetPage {
  readonly limit: number;
  /** Only entries older than this one. */
  readonly before: Uuid | null;
  /** With what was taken by the sandbox, but never reached the handset. */
  readonly undelivered: boolean;
}

const listEntries: Statement = {
  name: "sandbox-list-entries",
  text: `select id, direction, handset, sender, body, media_urls, message_id, attempt, error_code, created_at
    from sandbox_messages
    where account_id = $1 and handset = $2 and ($3::uuid is null or id < $3) and ($4 or error_code is null)
    order by id desc limit $5`,
};

/** What a handset received and sent, newest first. */
export async function listHandsetEntries(
  db: Queryable,
  accountSid: AccountSid,
  handset: string,
  page: HandsetPage,
): Promise<HandsetEntry[]> {
  const values = [uuidOf(accountSid), handset, page.before, page.undelivered, page.limit];
  const rows = await db.query<EntryRecord>(listEntries, values);
  return rows.map((row) => ({
    id: row.id,
    direction: row.direction,
    handset: row.handset,
    sender: row.sender,
    body: row.body,
    mediaUrls: row.media_urls ?? [],
    messageSid:
      row.message_id === null ? null : sidOf<MessageSid>(row.media_urls === null ? "SM" : "MM", row.message_id),
    attempt: row.attempt,
    errorCode: row.error_code,
    at: row.created_at,
  }));
}

const listSummaries: Statement = {
  name: "sandbox-list-handsets",
  text: `select handset,
      count(*) filter (where direction = 'to-handset' and error_code is null)::integer as received,
      count(*) filter (where direction = 'from-handset')::integer as sent,
      max(created_at) as last_activity_at
    from (select handset, direction, error_code, created_at from sandbox_messages
      where account_id = $1 order by id desc limit $2) newest
    group by handset order by last_activity_at desc, handset limit $3`,
};

/** The handsets among the account's newest `window` records (so the work is bounded), last active first. */
export async function listHandsetSummaries(
  db: Queryable,
  accountSid: AccountSid,
  window: number,
  limit: number,
): Promise<HandsetSummary[]> {
  const rows = await db.query<{ handset: string; received: number; sent: number; last_activity_at: Date }>(
    listSummaries,
    [uuidOf(accountSid), window, limit],
  );
  return rows.map((row) => ({
    handset: row.handset,
    received: row.received,
    sent: row.sent,
    lastActivityAt: row.last_activity_at,
  }));
}

/** Forgets what a handset received and sent; resolves to how many records went. */
export async function deleteHandsetRecords(db: Queryable, accountSid: AccountSid, handset: string): Promise<number> {
  const rows = await db.query<{ deleted: number }>(
    `with gone as (delete from sandbox_messages where account_id = $1 and handset = $2 returning 1)
     select count(*)::integer as deleted from gone`,
    [uuidOf(accountSid), handset],
  );
  return rows[0]?.deleted ?? 0;
}

export interface StoredFaults {
  /** Changes with each write of the document. */
  readonly version: Uuid;
  readonly document: FaultDocument;
}

const selectFaults: Statement = {
  name: "sandbox-select-faults",
  text: "select version, document from sandbox_faults where account_id = $1",
};

/** Null while nobody has written rules. */
export async function readSandboxFaults(db: Queryable, accountSid: AccountSid): Promise<StoredFaults | null> {
  const rows = await db.query<{ version: Uuid; document: FaultDocument }>(selectFaults, [uuidOf(accountSid)]);
  return rows[0] ?? null;
}

/** Replaces the account's rules. */
export async function writeSandboxFaults(db: Queryable, accountSid: AccountSid, faults: StoredFaults): Promise<void> {
  await db.query(
    `insert into sandbox_faults (account_id, version, document) values ($1, $2, $3)
     on conflict (account_id) do update set version = excluded.version, document = excluded.document`,
    [uuidOf(accountSid), faults.version, JSON.stringify(faults.document)],
  );
}

function mediaJson(urls: readonly string[]): string | null {
  return urls.length === 0 ? null : JSON.stringify(urls);
}

/** The 32 hex digits of a SID, which PostgreSQL takes as a UUID. */
function hexOf(sid: string): string {
  return sid.slice(2);
}
