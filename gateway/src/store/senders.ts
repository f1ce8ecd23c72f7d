// Senders of an account. Every read names the account in the query itself.

import type { AccountSid, MessageSid, MessagingServiceSid, Uuid } from "../core/ids.ts";
import { sidOf, uuidOf } from "../core/ids.ts";
import { type Sender, senderSidPrefix } from "../core/senders/sender.ts";
import type { Queryable } from "./database.ts";

export interface SenderRow {
  account_id: Uuid;
  id: Uuid;
  kind: Sender["kind"];
  address: string;
  provider_id: Uuid;
  messaging_service_id: Uuid | null;
  friendly_name: string;
  sms_url: string;
  sms_method: Sender["smsMethod"];
  sms_fallback_url: string;
  sms_fallback_method: Sender["smsFallbackMethod"];
  sms_application_id: Uuid | null;
  settings: Record<string, unknown>;
  segments_per_second: number | null;
  queue_limit_seconds: number;
  created_at: Date;
  updated_at: Date;
}

/** A row of `senderColumns` as a Sender. */
export function toSender(row: SenderRow): Sender {
  return {
    accountSid: sidOf("AC", row.account_id),
    sid: sidOf(senderSidPrefix[row.kind], row.id),
    id: row.id,
    kind: row.kind,
    address: row.address,
    providerId: row.provider_id,
    messagingServiceSid: row.messaging_service_id === null ? null : sidOf("MG", row.messaging_service_id),
    friendlyName: row.friendly_name,
    smsUrl: row.sms_url,
    smsMethod: row.sms_method,
    smsFallbackUrl: row.sms_fallback_url,
    smsFallbackMethod: row.sms_fallback_method,
    smsApplicationSid: row.sms_application_id === null ? null : sidOf("AP", row.sms_application_id),
    settings: row.settings,
    segmentsPerSecond: row.segments_per_second,
    queueLimitSeconds: row.queue_limit_seconds,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export const senderColumns = `account_id, id, kind, address, provider_id, messaging_service_id, friendly_name, sms_url, sms_method,
  sms_fallback_url, sms_fallback_method, sms_application_id, settings, segments_per_second, queue_limit_seconds, created_at, updated_at`;

const BY_ADDRESS = {
  name: "sender_by_address",
  text: `select ${senderColumns} from senders where account_id = $1 and address = $2`,
};

/** `address` in its stored spelling: E.164 for numbers. */
export async function findSenderByAddress(
  db: Queryable,
  accountSid: AccountSid,
  address: string,
): Promise<Sender | null> {
  const [row] = await db.query<SenderRow>(BY_ADDRESS, [uuidOf(accountSid), address]);
  return row ? toSender(row) : null;
}

const BY_ID = { name: "sender_by_id", text: `select ${senderColumns} from senders where account_id = $1 and id = $2` };

/** By `PN…`, `SC…` or `AI…`; null also when the prefix is another than the sender's own. */
export async function findSender(db: Queryable, accountSid: AccountSid, sid: string): Promise<Sender | null> {
  const [row] = await db.query<SenderRow>(BY_ID, [uuidOf(accountSid), uuidOf(sid)]);
  return row && senderSidPrefix[row.kind] === sid.slice(0, 2) ? toSender(row) : null;
}

/** Every sender of an account, oldest first. */
export async function listSenders(db: Queryable, accountSid: AccountSid): Promise<Sender[]> {
  const rows = await db.query<SenderRow>(
    `select ${senderColumns} from senders where account_id = $1 order by created_at, id`,
    [uuidOf(accountSid)],
  );
  return rows.map(toSender);
}

export interface NewSender {
  readonly id: Uuid;
  readonly accountSid: AccountSid;
  readonly kind: Sender["kind"];
  readonly address: string;
  readonly providerId: Uuid;
  readonly messagingServiceSid?: MessagingServiceSid;
  readonly friendlyName: string;
  readonly smsUrl?: string;
  readonly segmentsPerSecond?: number;
  readonly queueLimitSeconds?: number;
}

/** Resolves to false, and changes nothing, when the account has the address already. */
export async function insertSender(db: Queryable, sender: NewSender): Promise<boolean> {
  const rows = await db.query(
    `insert into senders (account_id, id, kind, address, provider_id, messaging_service_id, friendly_name, sms_url,
       segments_per_second, queue_limit_seconds)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10, 36000))
     on conflict (account_id, address) do nothing returning id`,
    [
      uuidOf(sender.accountSid),
      sender.id,
      sender.kind,
      sender.address,
      sender.providerId,
      sender.messagingServiceSid === undefined ? null : uuidOf(sender.messagingServiceSid),
      sender.friendlyName,
      sender.smsUrl ?? "",
      sender.segmentsPerSecond ?? null,
      sender.queueLimitSeconds ?? null,
    ],
  );
  return rows.length > 0;
}

const BY_IDS = {
  name: "senders_by_id",
  text: `select ${senderColumns.replaceAll(/[a-z_]+/g, "s.$&")} from unnest($1::uuid[], $2::uuid[]) as w(account_id, id)
    join senders s on s.account_id = w.account_id and s.id = w.id`,
};

/** By their UUIDs, whatever their kind; those that exist, in no particular order. */
export async function findSendersById(
  db: Queryable,
  senders: readonly { readonly accountSid: AccountSid; readonly id: Uuid }[],
): Promise<Sender[]> {
  if (senders.length === 0) return [];
  const rows = await db.query<SenderRow>(BY_IDS, [
    senders.map((sender) => uuidOf(sender.accountSid)),
    senders.map((sender) => sender.id),
  ]);
  return rows.map(toSender);
}

const BY_ADDRESSES = {
  name: "senders_by_address",
  text: `select ${senderColumns.replaceAll(/[a-z_]+/g, "s.$&")} from unnest($1::uuid[], $2::text[]) as w(account_id, address)
    join senders s on s.account_id = w.account_id and s.address = w.address`,
};

/** By their addresses in their stored spelling; those that exist, in no particular order. */
export async function findSendersByAddress(
  db: Queryable,
  senders: readonly { readonly accountSid: AccountSid; readonly address: string }[],
): Promise<Sender[]> {
  if (senders.length === 0) return [];
  const rows = await db.query<SenderRow>(BY_ADDRESSES, [
    senders.map((sender) => uuidOf(sender.accountSid)),
    senders.map((sender) => sender.address),
  ]);
  return rows.map(toSender);
}

const FIRST_OF_PROVIDERS = {
  name: "first_senders_of_providers",
  text: `
    select first.*
    from unnest($1::uuid[], $2::uuid[]) as w(account_id, id)
    join lateral (
      select ${senderColumns} from senders where account_id = w.account_id and provider_id = w.id
      order by created_at, id limit 1) first on true`,
};

/** The oldest sender that goes out through each provider, of those that have one. */
export async function findFirstSenders(
  db: Queryable,
  providers: readonly { readonly accountSid: AccountSid; readonly id: Uuid }[],
): Promise<ReadonlyMap<Uuid, Sender>> {
  if (providers.length === 0) return new Map();
  const rows = await db.query<SenderRow>(FIRST_OF_PROVIDERS, [
    providers.map((provider) => uuidOf(provider.accountSid)),
    providers.map((provider) => provider.id),
  ]);
  return new Map(rows.map((row) => [row.provider_id, toSender(row)]));
}

const STICKY = {
  name: "sticky_senders",
  text: `
    select w.position::int as position, last.sender_id
    from unnest($1::uuid[], $2::text[], $3::uuid[]) with ordinality as w(account_id, contact, service_id, position)
    join lateral (
      select sender_id from messages
      where account_id = w.account_id and to_address = w.contact and messaging_service_id = w.service_id
        and sender_id is not null
      order by id desc limit 1) last on true`,
};

/**
 * The senders from which messaging services last wrote to the recipients of messages: the messages themselves remember.
 */
export async function findStickySenders<Message extends StickyQuestion>(
  db: Queryable,
  messages: readonly Message[],
): Promise<ReadonlyMap<Message["sid"], Uuid>> {
  if (messages.length === 0) return new Map();
  const rows = await db.query<{ position: number; sender_id: Uuid }>(STICKY, [
    messages.map((message) => uuidOf(message.accountSid)),
    messages.map((message) => message.to),
    messages.map((message) => uuidOf(message.messagingServiceSid)),
  ]);
  return new Map(
    rows.flatMap(({ position, sender_id }) => {
      const message = messages[position - 1];
      return message === undefined ? [] : [[message.sid, sender_id] as const];
    }),
  );
}

export interface StickyQuestion {
  readonly accountSid: AccountSid;
  readonly sid: MessageSid;
  readonly to: string;
  readonly messagingServiceSid: MessagingServiceSid;
}
