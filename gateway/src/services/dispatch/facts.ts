// What dispatch must know to plan a batch of claimed messages: loaded once per batch, or remembered for a second at most.

import type { CarrierProvider } from "../../carriers/carrier.ts";
import { createBatchCache } from "../../core/caching/batch-cache.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import type { RoutableProvider } from "../../core/dispatch/route.ts";
import { type AccountSid, type MessageSid, type MessagingServiceSid, type Uuid, uuidOf } from "../../core/ids.ts";
import type { ProviderWithSecrets } from "../../core/providers/provider.ts";
import type { MessagingService, PoolMember } from "../../core/senders/messaging-service.ts";
import type { Sender } from "../../core/senders/sender.ts";
import { findAccountStatuses } from "../../store/accounts.ts";
import { type Attempt, loadAttempts } from "../../store/attempts.ts";
import { optOutsOf } from "../../store/consents.ts";
import type { Queryable } from "../../store/database.ts";
import { listMediaUrls } from "../../store/message-media.ts";
import { findServicesEvenDeleted } from "../../store/messaging-services.ts";
import { loadProvidersOf } from "../../store/providers.ts";
import type { ClaimedMessage } from "../../store/queue.ts";
import { findFirstSenders, findSendersById, findStickySenders } from "../../store/senders.ts";
import { listPoolsOf } from "../../store/service-pools.ts";
import type { GeoPermissions } from "../geo-permissions.ts";
import type { Protection, Verdict } from "../protection.ts";

export interface DispatchProvider extends RoutableProvider, CarrierProvider {}

export interface AccountFacts {
  readonly active: boolean;
  /** The chain in its order, then the others. */
  readonly providers: readonly DispatchProvider[];
}

export interface ServiceFacts {
  readonly service: MessagingService;
  readonly senders: readonly PoolMember[];
}

export interface MessageFacts {
  readonly account: AccountFacts;
  /** The sender that the message names; null: none, or not the account's. */
  readonly owner: Sender | null;
  readonly service: ServiceFacts | null;
  /** Earlier attempts, oldest first. */
  readonly history: readonly Attempt[];
  readonly mediaUrls: readonly string[];
  /** Towards whom the recipient has opted out: addresses and messaging services. */
  readonly optOuts: ReadonlySet<string>;
  /** The account does not send to the recipient's country. */
  readonly regionDisabled: boolean;
  /** What protection says; asked of messages that have no attempt yet. */
  readonly protection: Verdict;
  /** The pool sender that the recipient got before. */
  readonly sticky: Uuid | null;
}

export interface Facts {
  /** Facts for each message, in order. */
  of(messages: readonly ClaimedMessage[]): Promise<MessageFacts[]>;
}

const memory = { maxAgeMs: 1000, maxEntries: 10_000 };
const unknownAccount: AccountFacts = { active: false, providers: [] };

export interface FactsDeps {
  readonly db: Queryable;
  readonly sealer: Sealer;
  readonly geoPermissions: Pick<GeoPermissions, "disabledAmong">;
  readonly protection: Protection;
}

export function createFacts({ db, sealer, geoPermissions, protection }: FactsDeps): Facts {
  const accounts = createBatchCache<AccountSid, AccountFacts>({
    ...memory,
    nameOf: (accountSid) => accountSid,
    load: (sids) => loadAccounts(db, sealer, sids),
  });
  const services = createBatchCache<ServiceKey, ServiceFacts>({
    ...memory,
    nameOf: serviceName,
    load: (keys) => loadServices(db, keys),
    // Without senders its messages fail: not because of what was so a moment ago.
    isFleeting: (facts) => facts === null || facts.senders.length === 0,
  });
  const senders = createBatchCache<SenderKey, Sender>({
    ...memory,
    nameOf: senderName,
    load: async (keys) => new Map((await findSendersById(db, keys)).map((sender) => [senderName(sender), sender])),
  });

  return {
    async of(messages) {
      const fresh = messages.filter(isUntried);
      const [batch, verdicts, regionDisabled, accountOf, serviceOf, senderOf] = await Promise.all([
        loadBatch(db, messages),
        fresh.length === 0 ? none : protection.judge(fresh),
        geoPermissions.disabledAmong(messages),
        accounts(messages.map((message) => message.accountSid)),
        services(messages.flatMap((message) => serviceKey(message) ?? [])),
        senders(messages.flatMap((message) => senderKey(message) ?? [])),
      ]);
      const verdictOf = new Map(fresh.map((message, index) => [message.sid, verdicts[index] ?? pass]));
      return messages.map((message, index) => {
        const service = serviceKey(message);
        const sender = senderKey(message);
        return {
          account: accountOf(message.accountSid) ?? unknownAccount,
          owner: sender && senderOf(sender),
          service: service && serviceOf(service),
          history: batch.history.get(uuidOf(message.sid)) ?? none,
          mediaUrls: batch.media.get(message.sid) ?? none,
          optOuts: batch.optOuts.get(message.sid) ?? noOptOuts,
          regionDisabled: regionDisabled[index] === true,
          protection: verdictOf.get(message.sid) ?? pass,
          sticky: batch.sticky.get(message.sid) ?? null,
        };
      });
    },
  };
}

interface SenderKey {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
}

interface ServiceKey {
  readonly accountSid: AccountSid;
  readonly sid: MessagingServiceSid;
}

const senderName = ({ accountSid, id }: SenderKey): string => accountSid + id;
const serviceName = ({ accountSid, sid }: ServiceKey): string => accountSid + sid;

function senderKey({ accountSid, senderId }: ClaimedMessage): SenderKey | null {
  return senderId === null ? null : { accountSid, id: senderId };
}

function serviceKey({ accountSid, messagingServiceSid }: ClaimedMessage): ServiceKey | null {
  return messagingServiceSid === null ? null : { accountSid, sid: messagingServiceSid };
}

const none: readonly never[] = [];
const pass: Verdict = { kind: "pass" };
const noOptOuts: ReadonlySet<string> = new Set();

interface BatchFacts {
  readonly history: ReadonlyMap<Uuid, readonly Attempt[]>;
  readonly media: ReadonlyMap<MessageSid, readonly string[]>;
  readonly optOuts: ReadonlyMap<MessageSid, ReadonlySet<string>>;
  readonly sticky: ReadonlyMap<MessageSid, Uuid>;
}

/** Statuses that a message leaves for good when an attempt begins; a first attempt does not count itself in the row. */
const untried: ReadonlySet<ClaimedMessage["status"]> = new Set(["queued", "accepted", "scheduled"]);

function isUntried(message: ClaimedMessage): boolean {
  return message.attempts === 0 && untried.has(message.status);
}

async function loadBatch(db: Queryable, messages: readonly ClaimedMessage[]): Promise<BatchFacts> {
  const tried = messages.filter((message) => !isUntried(message));
  const withMedia = messages.filter((message) => message.numMedia > 0);
  const asked = messages.filter((message) => message.options.bypassConsent !== true);
  const open = messages.flatMap(({ accountSid, sid, to, senderId, messagingServiceSid }) =>
    senderId === null && messagingServiceSid !== null ? [{ accountSid, sid, to, messagingServiceSid }] : [],
  );
  const [attempts, media, optOuts, sticky] = await Promise.all([
    loadAttempts(db, tried),
    listMediaUrls(db, withMedia),
    optOutsOfRecipients(db, asked),
    findStickySenders(db, open),
  ]);
  return { history: Map.groupBy(attempts, (attempt) => attempt.messageId), media, optOuts, sticky };
}

/** Asked again at hand-over: a STOP may have come since acceptance. */
async function optOutsOfRecipients(db: Queryable, messages: readonly ClaimedMessage[]): Promise<BatchFacts["optOuts"]> {
  const optOuts = await optOutsOf(
    db,
    messages.map(({ accountSid, to }) => ({ accountSid, contact: to })),
  );
  return new Map(optOuts.flatMap((senders, index) => pairOf(messages[index], senders)));
}

function pairOf(message: ClaimedMessage | undefined, senders: ReadonlySet<string>) {
  return message === undefined || senders.size === 0 ? [] : [[message.sid, senders] as const];
}

async function loadAccounts(
  db: Queryable,
  sealer: Sealer,
  sids: readonly AccountSid[],
): Promise<ReadonlyMap<string, AccountFacts>> {
  const [statuses, providers] = await Promise.all([findAccountStatuses(db, sids), loadProvidersOf(db, sealer, sids)]);
  const named = (provider: ProviderWithSecrets) => provider.config["fromNumber"];
  const first = await findFirstSenders(
    db,
    providers.filter((provider) => typeof named(provider) !== "string"),
  );
  const providersOf = Map.groupBy(providers, (provider) => provider.accountSid);
  return new Map(
    [...statuses].map(([sid, status]) => {
      const ofAccount = (providersOf.get(sid) ?? []).map((provider) => {
        const configured = named(provider);
        const defaultFrom = typeof configured === "string" ? configured : (first.get(provider.id) ?? null);
        return { ...provider, defaultFrom };
      });
      return [sid, { active: status === "active", providers: ofAccount }] as const;
    }),
  );
}

/** A service that has been deleted since still sends what it accepted. */
async function loadServices(db: Queryable, keys: readonly ServiceKey[]): Promise<ReadonlyMap<string, ServiceFacts>> {
  const [services, pools] = await Promise.all([findServicesEvenDeleted(db, keys), listPoolsOf(db, keys)]);
  const poolOf = new Map(keys.map((key, index) => [serviceName(key), pools[index] ?? none]));
  return new Map(
    services.map((service) => {
      const name = serviceName(service);
      return [name, { service, senders: poolOf.get(name) ?? none }] as const;
    }),
  );
}
