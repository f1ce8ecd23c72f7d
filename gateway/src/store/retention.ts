// How long accounts keep what is theirs, how far that has been carried out, and the lock that lets one process at a time
// carry it out.

import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { RetentionSettings } from "../core/retention/limits.ts";
import type { Database, Queryable, Statement } from "./database.ts";

/** An arbitrary number, the same for every process. */
const RETENTION_LOCK = 7_281_946_011;

/** Runs `work` in a transaction of the process whose turn it is. Null: another process is at it. */
export function underRetentionLock<Result>(
  db: Database,
  work: (tx: Queryable) => Promise<Result>,
): Promise<Result | null> {
  return db.transaction(async (tx) => {
    const [turn] = await tx.query<{ mine: boolean }>("select pg_try_advisory_xact_lock($1) as mine", [RETENTION_LOCK]);
    return turn?.mine === true ? await work(tx) : null;
  });
}

const SETTINGS: Statement = {
  name: "retention_settings_of_account",
  text: "select settings from retention_settings where account_id = $1",
};

export async function findRetentionSettings(db: Queryable, accountSid: AccountSid): Promise<RetentionSettings> {
  const [row] = await db.query<{ settings: RetentionSettings }>(SETTINGS, [uuidOf(accountSid)]);
  return row?.settings ?? {};
}

/** Replaces an account's settings; resolves to those that it had. */
export async function writeRetentionSettings(
  tx: Queryable,
  accountSid: AccountSid,
  settings: RetentionSettings,
): Promise<RetentionSettings> {
  await tx.query("select from accounts where id = $1 for no key update", [uuidOf(accountSid)]);
  const before = await findRetentionSettings(tx, accountSid);
  await tx.query(
    `insert into retention_settings (account_id, settings) values ($1, $2)
     on conflict (account_id) do update set settings = excluded.settings, updated_at = now()`,
    [uuidOf(accountSid), JSON.stringify(settings)],
  );
  return before;
}

export interface AccountRetention {
  readonly accountSid: AccountSid;
  readonly settings: RetentionSettings;
}

/** Up to `limit` accounts behind `after`, closed ones too, with what they say. */
export async function listRetention(
  db: Queryable,
  after: AccountSid | null,
  limit: number,
): Promise<AccountRetention[]> {
  const rows = await db.query<{ id: Uuid; settings: RetentionSettings | null }>(
    `select a.id, r.settings from accounts a left join retention_settings r on r.account_id = a.id
     where $1::uuid is null or a.id > $1 order by a.id limit $2`,
    [after === null ? null : uuidOf(after), limit],
  );
  return rows.map((row) => ({ accountSid: sidOf("AC", row.id), settings: row.settings ?? {} }));
}

/** How far old texts have been taken out. */
export interface TextProgress {
  /** Messages before this id have none any more. */
  readonly before: Uuid;
  /** But these, which were still to be sent. */
  readonly pending: readonly Uuid[];
}

export async function findTextProgress(db: Queryable, accountSid: AccountSid): Promise<TextProgress | null> {
  const [row] = await db.query<{ bodies_before: Uuid; pending: Uuid[] }>(
    "select bodies_before, pending from retention_progress where account_id = $1",
    [uuidOf(accountSid)],
  );
  return row === undefined ? null : { before: row.bodies_before, pending: row.pending };
}

export async function writeTextProgress(
  tx: Queryable,
  accountSid: AccountSid,
  { before, pending }: TextProgress,
): Promise<void> {
  await tx.query(
    `insert into retention_progress (account_id, bodies_before, pending) values ($1, $2, $3)
     on conflict (account_id) do update set bodies_before = excluded.bodies_before, pending = excluded.pending`,
    [uuidOf(accountSid), before, pending],
  );
}

/**
 * Forgets messaging services that were deleted before `before`, `limit` at the most. What they had accepted must have been
 * sent by then. Resolves to how many.
 */
export async function dropDeletedServices(tx: Queryable, before: Date, limit: number): Promise<number> {
  const gone = await tx.query<{ account_id: Uuid; id: Uuid }>(
    `select account_id, id from messaging_services where deleted_at < $1 order by deleted_at limit $2
     for update skip locked`,
    [before, limit],
  );
  const keys = [gone.map((row) => row.account_id), gone.map((row) => row.id)];
  if (gone.length === 0) return 0;
  await tx.query(
    `delete from service_alpha_senders s using unnest($1::uuid[], $2::uuid[]) as gone(account_id, id)
     where s.account_id = gone.account_id and s.messaging_service_id = gone.id`,
    keys,
  );
  await tx.query(
    `delete from messaging_services s using unnest($1::uuid[], $2::uuid[]) as gone(account_id, id)
     where s.account_id = gone.account_id and s.id = gone.id`,
    keys,
  );
  return gone.length;
}
