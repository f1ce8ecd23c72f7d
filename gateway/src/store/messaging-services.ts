// Messaging services of an account. Every statement names the account. A deleted service is found only by who asks for
// it, which is dispatch: for the messages that it had accepted.

import { type AccountSid, type MessagingServiceSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import {
  defaultServiceSettings,
  type MessagingService,
  type ServiceSettings,
} from "../core/senders/messaging-service.ts";
import type { Queryable } from "./database.ts";
import { keepServiceOptOuts } from "./freed-senders.ts";
import { listPage, type Page, type PageQuery } from "./keyset-page.ts";

interface ServiceRow {
  account_id: Uuid;
  id: Uuid;
  friendly_name: string;
  inbound_request_url: string | null;
  inbound_method: MessagingService["inboundMethod"];
  fallback_url: string | null;
  fallback_method: MessagingService["fallbackMethod"];
  status_callback: string | null;
  settings: Partial<ServiceSettings>;
  created_at: Date;
  updated_at: Date;
}

function toService(row: ServiceRow): MessagingService {
  return {
    accountSid: sidOf("AC", row.account_id),
    sid: sidOf("MG", row.id),
    id: row.id,
    friendlyName: row.friendly_name,
    inboundRequestUrl: row.inbound_request_url,
    inboundMethod: row.inbound_method,
    fallbackUrl: row.fallback_url,
    fallbackMethod: row.fallback_method,
    statusCallback: row.status_callback,
    settings: { ...defaultServiceSettings, ...row.settings },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

const BY_ID = {
  name: "messaging_service_by_id",
  text: "select * from messaging_services where account_id = $1 and id = $2 and deleted_at is null",
};

export async function findMessagingService(
  db: Queryable,
  accountSid: AccountSid,
  sid: MessagingServiceSid,
): Promise<MessagingService | null> {
  const [row] = await db.query<ServiceRow>(BY_ID, [uuidOf(accountSid), uuidOf(sid)]);
  return row === undefined ? null : toService(row);
}

const EVEN_DELETED = {
  name: "messaging_services_even_deleted",
  text: `select s.* from unnest($1::uuid[], $2::uuid[]) as w(account_id, id)
    join messaging_services s on s.account_id = w.account_id and s.id = w.id`,
};

/** Also those that have been deleted, for messages that they had accepted before. In no particular order. */
export async function findServicesEvenDeleted(
  db: Queryable,
  services: readonly { readonly accountSid: AccountSid; readonly sid: MessagingServiceSid }[],
): Promise<MessagingService[]> {
  const rows = await db.query<ServiceRow>(EVEN_DELETED, [
    services.map((service) => uuidOf(service.accountSid)),
    services.map((service) => uuidOf(service.sid)),
  ]);
  return rows.map(toService);
}

/** The service, which nobody else changes or deletes, and whose pool nobody else enlarges, before the transaction ends. */
export async function lockMessagingService(
  tx: Queryable,
  accountSid: AccountSid,
  sid: MessagingServiceSid,
): Promise<MessagingService | null> {
  const [row] = await tx.query<ServiceRow>(
    "select * from messaging_services where account_id = $1 and id = $2 and deleted_at is null for no key update",
    [uuidOf(accountSid), uuidOf(sid)],
  );
  return row === undefined ? null : toService(row);
}

export async function listMessagingServices(
  db: Queryable,
  accountSid: AccountSid,
  page: PageQuery,
): Promise<Page<MessagingService>> {
  const select = "select * from messaging_services where account_id = $1 and deleted_at is null";
  return listPage<ServiceRow, MessagingService>(db, { select, values: [uuidOf(accountSid)] }, page, toService);
}

/** What is absent stays as it is, or gets its default. */
export interface ServiceChanges {
  readonly friendlyName?: string;
  readonly inboundRequestUrl?: string | null;
  readonly inboundMethod?: MessagingService["inboundMethod"];
  readonly fallbackUrl?: string | null;
  readonly fallbackMethod?: MessagingService["fallbackMethod"];
  readonly statusCallback?: string | null;
  readonly settings?: Partial<ServiceSettings>;
}

export interface NewMessagingService extends ServiceChanges {
  readonly accountSid: AccountSid;
  readonly sid: MessagingServiceSid;
  readonly friendlyName: string;
}

export async function insertMessagingService(db: Queryable, service: NewMessagingService): Promise<void> {
  await db.query(
    `insert into messaging_services (account_id, id, friendly_name, inbound_request_url, inbound_method, fallback_url,
       fallback_method, status_callback, settings)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      uuidOf(service.accountSid),
      uuidOf(service.sid),
      service.friendlyName,
      service.inboundRequestUrl ?? null,
      service.inboundMethod ?? "POST",
      service.fallbackUrl ?? null,
      service.fallbackMethod ?? "POST",
      service.statusCallback ?? null,
      JSON.stringify(service.settings ?? {}),
    ],
  );
}

const columns: Readonly<Record<Exclude<keyof ServiceChanges, "settings">, string>> = {
  friendlyName: "friendly_name",
  inboundRequestUrl: "inbound_request_url",
  inboundMethod: "inbound_method",
  fallbackUrl: "fallback_url",
  fallbackMethod: "fallback_method",
  statusCallback: "status_callback",
};

/** Must run in the transaction that holds the lock. Resolves to the service as it is then. */
export async function updateMessagingService(
  tx: Queryable,
  service: MessagingService,
  changes: ServiceChanges,
): Promise<MessagingService> {
  const names = (Object.keys(columns) as (keyof typeof columns)[]).filter((name) => changes[name] !== undefined);
  const assignments = names.map((name, index) => `${columns[name]} = $${index + 4}, `);
  const [row] = await tx.query<ServiceRow>(
    `update messaging_services set ${assignments.join("")} settings = settings || $3::jsonb, updated_at = now()
     where account_id = $1 and id = $2 returning *`,
    [
      uuidOf(service.accountSid),
      service.id,
      JSON.stringify(changes.settings ?? {}),
      ...names.map((name) => changes[name]),
    ],
  );
  return row === undefined ? service : toService(row);
}

/**
 * Takes the service away and sets its senders free, each with the service's opt-outs; what it had accepted keeps its pool.
 * Needs the lock.
 */
export async function deleteMessagingService(tx: Queryable, service: MessagingService): Promise<void> {
  const pool = await tx.query<{ id: Uuid }>(
    "select id from senders where account_id = $1 and messaging_service_id = $2",
    [uuidOf(service.accountSid), service.id],
  );
  await keepServiceOptOuts(
    tx,
    service.accountSid,
    pool.map(({ id }) => id),
  );
  await tx.query(
    `with freed as (
       update senders set messaging_service_id = null, updated_at = now()
       where account_id = $1 and messaging_service_id = $2 returning id
     )
     update messaging_services
     set deleted_at = now(), updated_at = now(), final_pool = (select coalesce(array_agg(id), '{}') from freed)
     where account_id = $1 and id = $2`,
    [uuidOf(service.accountSid), service.id],
  );
}
