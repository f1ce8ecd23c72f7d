// Applications of an account. Every statement names the account.

import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import { type Application, type ApplicationSettings, defaultApplicationSettings } from "../core/senders/application.ts";
import type { Queryable } from "./database.ts";
import { listPage, type Page, type PageQuery } from "./keyset-page.ts";

interface ApplicationRow {
  account_id: Uuid;
  id: Uuid;
  friendly_name: string | null;
  sms_url: string | null;
  sms_method: Application["smsMethod"];
  sms_fallback_url: string | null;
  sms_fallback_method: Application["smsFallbackMethod"];
  message_status_callback: string | null;
  sms_status_callback: string | null;
  settings: Partial<ApplicationSettings>;
  created_at: Date;
  updated_at: Date;
}

function toApplication(row: ApplicationRow): Application {
  return {
    accountSid: sidOf("AC", row.account_id),
    sid: sidOf("AP", row.id),
    id: row.id,
    friendlyName: row.friendly_name,
    smsUrl: row.sms_url,
    smsMethod: row.sms_method,
    smsFallbackUrl: row.sms_fallback_url,
    smsFallbackMethod: row.sms_fallback_method,
    messageStatusCallback: row.message_status_callback,
    smsStatusCallback: row.sms_status_callback,
    settings: { ...defaultApplicationSettings, ...row.settings },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

const BY_ID = { name: "application_by_id", text: "select * from applications where account_id = $1 and id = $2" };

/** By `AP…`, canonical. */
export async function findApplication(db: Queryable, accountSid: AccountSid, sid: string): Promise<Application | null> {
  const [row] = await db.query<ApplicationRow & Record<string, unknown>>(BY_ID, [uuidOf(accountSid), uuidOf(sid)]);
  return row === undefined ? null : toApplication(row);
}

/** The application, which nobody else changes or deletes before the transaction ends. */
export async function lockApplication(tx: Queryable, accountSid: AccountSid, sid: string): Promise<Application | null> {
  const [row] = await tx.query<ApplicationRow & Record<string, unknown>>(
    "select * from applications where account_id = $1 and id = $2 for update",
    [uuidOf(accountSid), uuidOf(sid)],
  );
  return row === undefined ? null : toApplication(row);
}

/** `friendlyName`: exactly this one. */
export async function listApplications(
  db: Queryable,
  { accountSid, friendlyName }: { readonly accountSid: AccountSid; readonly friendlyName?: string },
  page: PageQuery,
): Promise<Page<Application>> {
  const named = friendlyName === undefined ? "" : " and friendly_name = $2";
  const select = `select * from applications where account_id = $1${named}`;
  const values = [uuidOf(accountSid), ...(friendlyName === undefined ? [] : [friendlyName])];
  return listPage<ApplicationRow, Application>(db, { select, values }, page, toApplication);
}

/** What is absent stays as it is, or gets its default. */
export interface ApplicationChanges {
  readonly friendlyName?: string | null;
  readonly smsUrl?: string | null;
  readonly smsMethod?: Application["smsMethod"];
  readonly smsFallbackUrl?: string | null;
  readonly smsFallbackMethod?: Application["smsFallbackMethod"];
  readonly messageStatusCallback?: string | null;
  readonly smsStatusCallback?: string | null;
  readonly settings?: Partial<ApplicationSettings>;
}

/** An application with every default. */
export async function insertApplication(tx: Queryable, accountSid: AccountSid, sid: string): Promise<void> {
  await tx.query("insert into applications (account_id, id) values ($1, $2)", [uuidOf(accountSid), uuidOf(sid)]);
}

const columns: Readonly<Record<Exclude<keyof ApplicationChanges, "settings">, string>> = {
  friendlyName: "friendly_name",
  smsUrl: "sms_url",
  smsMethod: "sms_method",
  smsFallbackUrl: "sms_fallback_url",
  smsFallbackMethod: "sms_fallback_method",
  messageStatusCallback: "message_status_callback",
  smsStatusCallback: "sms_status_callback",
};

/** Must run in the transaction that holds the lock. Null: the account has no such application. */
export async function updateApplication(
  tx: Queryable,
  accountSid: AccountSid,
  sid: string,
  changes: ApplicationChanges,
): Promise<Application | null> {
  const names = (Object.keys(columns) as (keyof typeof columns)[]).filter((name) => changes[name] !== undefined);
  const assignments = names.map((name, index) => `${columns[name]} = $${index + 4}, `);
  const [row] = await tx.query<ApplicationRow & Record<string, unknown>>(
    `update applications set ${assignments.join("")} settings = settings || $3::jsonb, updated_at = now()
     where account_id = $1 and id = $2 returning *`,
    [uuidOf(accountSid), uuidOf(sid), JSON.stringify(changes.settings ?? {}), ...names.map((name) => changes[name])],
  );
  return row === undefined ? null : toApplication(row);
}

/** Numbers that name it go back to their own URLs. */
export async function deleteApplication(tx: Queryable, { accountSid, id }: Application): Promise<void> {
  await tx.query("delete from applications where account_id = $1 and id = $2", [uuidOf(accountSid), id]);
}
