// What dispatch must know to plan a batch of claimed messages: loaded once per batch, or remembered for a second at most.

import { createBatchCache } from "../../core/caching/batch-cache.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { type ProviderPool, poolsOf } from "../../core/dispatch/route.ts";
import {
  type AccountSid,
  isSid,
  type MessageSid,
  type MessagingServiceSid,
  type Uuid,
  uuidOf,
} from "../../core/ids.ts";
import type { MessagingService, PoolMember } from "../../core/senders/messaging-service.ts";
import type { Sender } from "../../core/senders/sender.ts";
import { type Attempt, loadAttempts } from "../../store/attempts.ts";
import { optOutsOf } from "../../store/consents.ts";
import type { Queryable } from "../../store/database.ts";
import { listMediaUrls } from "../../store/message-media.ts";
import { findServicesEvenDeleted } from "../../store/messaging-services.ts";
import type { ClaimedMessage } from "../../store/queue.ts";
import { findSendersById, findStickySenders } from "../../store/senders.ts";
import { listPoolsOf } from "../../store/service-pools.ts";
import { findAddressHolders, findUpstreamOwners, type OwnedAddress } from "../../store/upstream-owners.ts";
import type { GeoPermissions } from "../geo-permissions.ts";
import type { Protection, Verdict } from "../protection.ts";
import { type AccountFacts, accountFor, loadAccounts } from "./account-facts.ts";

export interface ServiceFacts {
  readonly service: MessagingService;
  readonly senders: readonly PoolMember[];
  /** The providers whose upstream accounts have the senders' addresses. */
  readonly upstreamOwners: ReadonlyMap<string, ReadonlySet<Uuid>>;
}

export interface MessageFacts {
  readonly account: AccountFacts;
  /** The sender that the message names; null: none, or not the account's. */
  readonly owner: Sender | null;
  readonly service: ServiceFacts | null;
  /** What each provider can send from the service's pool; null: there is no such service. */
  readonly pools: readonly ProviderPool[] | null;
  /** A sender that was chosen had no room in its queue; it is in the pools no more. */
  readonly queueIsFull?: true;
  /** The providers whose upstream account has what the message names as its sender: an address, or a service not ours. */
  readonly upstreamOwners: ReadonlySet<Uuid>;
  /** Earlier attempts, oldest first. */
  readonly history: readonly Attempt[];
  readonly mediaUrls: readonly string[];
  /** Towards whom the recipient has opted out: addresses and messaging services. */
  readonly optOuts: ReadonlySet<string>;
  /** Which providers have each number that the recipient has opted out from: one that picks its sender may pick that. */
  readonly optOutHolders: readonly ReadonlySet<Uuid>[];
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
const unknownAccount: AccountFacts = { active: false, hasUpstreams: false, providers: [], defaultSenders: [] };

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
  const owners = createBatchCache<OwnedAddress, ReadonlySet<Uuid>>({
    ...memory,
    nameOf: addressName,
    load: async (keys) => ownersByName(await findUpstreamOwners(db, keys)),
  });
  const namedOwners = async (messages: readonly ClaimedMessage[], accounts: ReturnType<typeof accountsOf>) => {
    const accountOf = await accounts;
    return owners(
      messages.flatMap((message) => {
        const key = namedKey(message);
        return key !== null && accountOf(message.accountSid)?.hasUpstreams === true ? [key] : [];
      }),
    );
  };
  const accountsOf = (messages: readonly ClaimedMessage[]) => accounts(messages.map((message) => message.accountSid));

  return {
    async of(messages) {
      const fresh = messages.filter(isUntried);
      const loadingAccounts = accountsOf(messages);
      const [batch, verdicts, regionDisabled, accountOf, ownersOf, serviceOf, senderOf] = await Promise.all([
        loadBatch(db, messages),
        fresh.length === 0 ? none : protection.judge(fresh),
        geoPermissions.disabledAmong(messages),
        loadingAccounts,
        namedOwners(messages, loadingAccounts),
        services(messages.flatMap((message) => serviceKey(message) ?? [])),
        senders(messages.flatMap((message) => senderKey(message) ?? [])),
      ]);
      const poolsFor = poolsOfBatch();
      // A worker died between its claim and the attempt: known only now that there is no attempt.
      const interrupted = messages.filter((message) => wasInterrupted(message, batch.history));
      const late = interrupted.length === 0 ? none : await protection.judge(interrupted);
      const all = [...verdicts, ...late];
      const verdictOf = new Map([...fresh, ...interrupted].map(({ sid }, index) => [sid, all[index] ?? pass]));
      return messages.map((message, index) => {
        const account = accountFor(accountOf(message.accountSid) ?? unknownAccount, message.to);
        const serviceName = serviceKey(message);
        const service = serviceName && serviceOf(serviceName);
        const sender = senderKey(message);
        const named = namedKey(message);
        return {
          account,
          owner: sender && senderOf(sender),
          service,
          pools: service && poolsFor(service, account),
          upstreamOwners: (named && ownersOf(named)) ?? noOwners,
          history: batch.history.get(uuidOf(message.sid)) ?? none,
          mediaUrls: batch.media.get(message.sid) ?? none,
          optOuts: batch.optOuts.get(message.sid) ?? noOptOuts,
          optOutHolders: batch.optOutHolders.get(message.sid) ?? none,
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

const addressName = ({ accountSid, address }: OwnedAddress): string => `${accountSid} ${address}`;

/** What a message names as its sender: an address, or else a messaging service (which may be an upstream's). */
function namedKey({ accountSid, from, messagingServiceSid }: ClaimedMessage): OwnedAddress | null {
  const address = from ?? messagingServiceSid;
  return address === null ? null : { accountSid, address };
}

function ownersByName(
  owners: readonly (OwnedAddress & { readonly providerId: Uuid })[],
): ReadonlyMap<string, ReadonlySet<Uuid>> {
  const named = Map.groupBy(owners, addressName);
  return new Map([...named].map(([name, rows]) => [name, new Set(rows.map((row) => row.providerId))] as const));
}

/** What each provider can send of a service's pool: worked out once for a batch. */
function poolsOfBatch(): (service: ServiceFacts, account: AccountFacts) => readonly ProviderPool[] {
  const known = new Map<ServiceFacts, Map<AccountFacts, readonly ProviderPool[]>>();
  return (service, account) => {
    const ofService = known.get(service) ?? new Map<AccountFacts, readonly ProviderPool[]>();
    known.set(service, ofService);
    const pools =
      ofService.get(account) ??
      poolsOf(service.senders, account.providers, (address) => service.upstreamOwners.get(address) ?? noOwners);
    ofService.set(account, pools);
    return pools;
  };
}

const noOwners: ReadonlySet<Uuid> = new Set();
const none: readonly never[] = [];
const pass: Verdict = { kind: "pass" };
const noOptOuts: ReadonlySet<string> = new Set();

interface BatchFacts {
  readonly history: ReadonlyMap<Uuid, readonly Attempt[]>;
  readonly media: ReadonlyMap<MessageSid, readonly string[]>;
  readonly optOuts: ReadonlyMap<MessageSid, ReadonlySet<string>>;
  readonly optOutHolders: ReadonlyMap<MessageSid, readonly ReadonlySet<Uuid>[]>;
  readonly sticky: ReadonlyMap<MessageSid, Uuid>;
}

/** Statuses that a message leaves for good when an attempt begins; a first attempt does not count itself in the row. */
const untried: ReadonlySet<ClaimedMessage["status"]> = new Set(["queued", "accepted", "scheduled"]);

function isUntried(message: ClaimedMessage): boolean {
  return message.attempts === 0 && untried.has(message.status);
}

function wasInterrupted(message: ClaimedMessage, history: BatchFacts["history"]): boolean {
  return message.status === "sending" && !history.has(uuidOf(message.sid));
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
  const optOutHolders = await holdersOf(db, messages, optOuts);
  return { history: Map.groupBy(attempts, (attempt) => attempt.messageId), media, optOuts, optOutHolders, sticky };
}

/** Asked only where somebody has opted out of a number. */
async function holdersOf(
  db: Queryable,
  messages: readonly ClaimedMessage[],
  optOuts: BatchFacts["optOuts"],
): Promise<BatchFacts["optOutHolders"]> {
  if (optOuts.size === 0) return new Map();
  const asked = messages.flatMap(({ accountSid, sid }) =>
    [...(optOuts.get(sid) ?? [])].flatMap((address) => (isSid(address, "MG") ? [] : [{ accountSid, sid, address }])),
  );
  const found = await findAddressHolders(db, asked);
  const nameOf = ({ accountSid, address }: OwnedAddress) => accountSid + address;
  const holders = Map.groupBy(found, nameOf);
  const holdersOfOne = (one: OwnedAddress) => new Set((holders.get(nameOf(one)) ?? none).map((row) => row.providerId));
  return new Map(
    [...Map.groupBy(asked, ({ sid }) => sid)].map(([sid, wanted]) => [sid, wanted.map(holdersOfOne)] as const),
  );
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

/** A service that has been deleted since still sends what it accepted. */
async function loadServices(db: Queryable, keys: readonly ServiceKey[]): Promise<ReadonlyMap<string, ServiceFacts>> {
  const [services, pools] = await Promise.all([findServicesEvenDeleted(db, keys), listPoolsOf(db, keys)]);
  const poolOf = new Map(keys.map((key, index) => [serviceName(key), pools[index] ?? none]));
  const owners = await findUpstreamOwners(db, pools.flat());
  return new Map(
    services.map((service) => {
      const name = serviceName(service);
      const own = owners.filter((owner) => owner.accountSid === service.accountSid);
      const byAddress = Map.groupBy(own, (owner) => owner.address);
      const upstreamOwners = new Map(
        [...byAddress].map(([address, rows]) => [address, new Set(rows.map((row) => row.providerId))] as const),
      );
      return [name, { service, senders: poolOf.get(name) ?? none, upstreamOwners }] as const;
    }),
  );
}
