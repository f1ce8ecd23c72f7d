// What dispatch must know to plan a batch of claimed messages: loaded once per batch, or remembered for a second at most.

import { LRUCache } from "lru-cache";
import type { CarrierProvider } from "../../carriers/carrier.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import type { RoutableProvider } from "../../core/dispatch/route.ts";
import { type AccountSid, type MessageSid, type Uuid, uuidOf } from "../../core/ids.ts";
import type { MessagingService, Sender } from "../../core/senders/sender.ts";
import { findAccountStatus } from "../../store/accounts.ts";
import { type Attempt, loadAttempts } from "../../store/attempts.ts";
import { optedOutAmong } from "../../store/consents.ts";
import type { Queryable } from "../../store/database.ts";
import { listMediaUrls } from "../../store/message-media.ts";
import { loadProviders } from "../../store/providers.ts";
import type { ClaimedMessage } from "../../store/queue.ts";
import {
  findMessagingService,
  findSenderById,
  findStickySender,
  listProviderSenders,
  listServiceSenders,
} from "../../store/senders.ts";

export interface DispatchProvider extends RoutableProvider, CarrierProvider {}

export interface AccountFacts {
  readonly active: boolean;
  /** The chain in its order, then the others. */
  readonly providers: readonly DispatchProvider[];
}

export interface ServiceFacts {
  readonly service: MessagingService;
  readonly senders: readonly Sender[];
}

export interface MessageFacts {
  readonly account: AccountFacts;
  /** The sender that the message names; null: none, or not the account's. */
  readonly owner: Sender | null;
  readonly service: ServiceFacts | null;
  /** Earlier attempts, oldest first. */
  readonly history: readonly Attempt[];
  readonly mediaUrls: readonly string[];
  readonly optedOut: boolean;
  /** The pool sender that the recipient got before. */
  readonly sticky: Uuid | null;
}

export interface Facts {
  /** Facts for each message, in order. */
  of(messages: readonly ClaimedMessage[]): Promise<MessageFacts[]>;
}

const rememberedMsMax = 1000;
const remembered = { max: 10_000, ttl: rememberedMsMax };

export function createFacts({ db, sealer }: { readonly db: Queryable; readonly sealer: Sealer }): Facts {
  const accounts = new LRUCache<AccountSid, AccountFacts>({
    ...remembered,
    fetchMethod: (accountSid) => loadAccountFacts(db, sealer, accountSid),
  });
  const senders = new LRUCache<string, { readonly sender: Sender | null }>({
    ...remembered,
    fetchMethod: async (key) => ({
      sender: await findSenderById(db, key.slice(0, 34) as AccountSid, key.slice(35) as Uuid),
    }),
  });
  const services = new LRUCache<string, { readonly facts: ServiceFacts | null }>({
    ...remembered,
    fetchMethod: async (key) => ({ facts: await loadService(db, key.slice(0, 34) as AccountSid, key.slice(35)) }),
  });

  async function accountOf(accountSid: AccountSid): Promise<AccountFacts> {
    return accounts.get(accountSid) ?? (await accounts.fetch(accountSid)) ?? { active: false, providers: [] };
  }

  async function ownerOf(message: ClaimedMessage): Promise<Sender | null> {
    if (message.senderId === null) return null;
    const key = `${message.accountSid} ${message.senderId}`;
    return (senders.get(key) ?? (await senders.fetch(key)))?.sender ?? null;
  }

  async function serviceOf(message: ClaimedMessage): Promise<ServiceFacts | null> {
    if (message.messagingServiceSid === null) return null;
    const key = `${message.accountSid} ${message.messagingServiceSid}`;
    return (services.get(key) ?? (await services.fetch(key)))?.facts ?? null;
  }

  async function factsOf(message: ClaimedMessage, batch: BatchFacts): Promise<MessageFacts> {
    const id = uuidOf(message.sid);
    const account = accounts.get(message.accountSid) ?? (await accountOf(message.accountSid));
    const owner = await ownerOf(message);
    const service = await serviceOf(message);
    const wantsSticky =
      service !== null && message.senderId === null && service.service.settings["stickySender"] !== false;
    return {
      account,
      owner,
      service,
      history: batch.history.get(id) ?? none,
      mediaUrls: batch.media.get(message.sid) ?? none,
      optedOut: batch.optedOut.has(message.sid),
      sticky: wantsSticky ? await findStickySender(db, message, service.service.id) : null,
    };
  }

  return {
    async of(messages) {
      const batch = await loadBatch(db, messages);
      return Promise.all(messages.map((message) => factsOf(message, batch)));
    },
  };
}

const none: readonly never[] = [];

interface BatchFacts {
  readonly history: ReadonlyMap<Uuid, readonly Attempt[]>;
  readonly media: ReadonlyMap<MessageSid, readonly string[]>;
  readonly optedOut: ReadonlySet<MessageSid>;
}

/** Statuses that a message leaves for good when an attempt begins; a first attempt does not count itself in the row. */
const untried: ReadonlySet<ClaimedMessage["status"]> = new Set(["queued", "accepted", "scheduled"]);

async function loadBatch(db: Queryable, messages: readonly ClaimedMessage[]): Promise<BatchFacts> {
  const tried = messages.filter((message) => message.attempts > 0 || !untried.has(message.status));
  const withMedia = messages.filter((message) => message.numMedia > 0);
  const asked = messages.filter((message) => message.options.bypassConsent !== true);
  const [attempts, media, optedOut] = await Promise.all([
    loadAttempts(db, tried),
    listMediaUrls(db, withMedia),
    optedOutMessages(db, asked),
  ]);
  return { history: Map.groupBy(attempts, (attempt) => attempt.messageId), media, optedOut };
}

/** Asked again at hand-over: a STOP may have come since acceptance. */
async function optedOutMessages(db: Queryable, messages: readonly ClaimedMessage[]): Promise<ReadonlySet<MessageSid>> {
  const pairs = messages.flatMap((message) =>
    [message.from, message.messagingServiceSid].flatMap((sender) =>
      sender === null ? [] : [{ accountSid: message.accountSid, sender, contact: message.to, sid: message.sid }],
    ),
  );
  const optedOut = await optedOutAmong(db, pairs);
  return new Set(pairs.flatMap((pair, index) => (optedOut[index] ? [pair.sid] : [])));
}

async function loadAccountFacts(db: Queryable, sealer: Sealer, accountSid: AccountSid): Promise<AccountFacts> {
  const [status, providers] = await Promise.all([
    findAccountStatus(db, accountSid),
    loadProviders(db, sealer, accountSid),
  ]);
  const withDefaults = await Promise.all(
    providers.map(async (provider) => {
      const configured = provider.config["fromNumber"];
      const own = typeof configured === "string" ? [] : await listProviderSenders(db, accountSid, provider.id, 1);
      return { ...provider, defaultFrom: typeof configured === "string" ? configured : (own[0]?.address ?? null) };
    }),
  );
  return { active: status === "active", providers: withDefaults };
}

async function loadService(db: Queryable, accountSid: AccountSid, sid: string): Promise<ServiceFacts | null> {
  const serviceSid = sid as MessagingService["sid"];
  const service = await findMessagingService(db, accountSid, serviceSid);
  return service === null ? null : { service, senders: await listServiceSenders(db, accountSid, serviceSid) };
}
