// Who a message is from, decided at acceptance: the account's own sender, a messaging service, or the routing later.
// Knows the sandbox's magic numbers, since they are refused at create. Look-ups are remembered for a second at most.

import { LRUCache } from "lru-cache";
import type { SenderAddress } from "../../core/addresses/sender.ts";
import { GatewayError } from "../../core/errors.ts";
import type { AccountSid, MessagingServiceSid, Uuid } from "../../core/ids.ts";
import type { CheckedRequest } from "../../core/messages/check-request.ts";
import { magicRefusal, magicSender } from "../../core/sandbox/magic-numbers.ts";
import type { MessagingService, PoolMember } from "../../core/senders/messaging-service.ts";
import type { Sender } from "../../core/senders/sender.ts";
import type { Queryable } from "../../store/database.ts";
import { findMessagingService } from "../../store/messaging-services.ts";
import { activeProviderKind } from "../../store/providers.ts";
import { findSenderByAddress } from "../../store/senders.ts";
import { listServiceSenders } from "../../store/service-pools.ts";
import { chainHasDefaultSender, hasUpstreamSender } from "../../store/upstream-owners.ts";

export interface SenderChoice {
  /** Null: chosen when it is sent. */
  readonly from: string | null;
  readonly senderId: Uuid | null;
  readonly paced: boolean;
  /** The messaging service whose opt-outs count too. */
  readonly consentService: string | null;
  /** The messaging service's own status callback. */
  readonly statusCallback: string | null;
  readonly validitySeconds: number | null;
}

export interface Senders {
  /** Throws or rejects with the GatewayError of the first thing wrong with the sender. */
  choose(accountSid: AccountSid, checked: CheckedRequest): SenderChoice | Promise<SenderChoice>;
  /** Do the settings of a provider in the chain say what it sends from? */
  chainHasDefault(accountSid: AccountSid): Promise<boolean>;
}

const rememberedMsMax = 1000;
const rememberedMax = 10_000;

interface Service {
  readonly service: MessagingService;
  readonly senders: readonly PoolMember[];
}

interface OwnSender {
  /** What the account's active provider is: only a sandbox has magic numbers. */
  readonly throughSandbox: boolean;
  readonly sender: Sender | null;
  /** A provider of the account sends from it, although the account has no such sender itself. */
  readonly atUpstream: boolean;
}

const nobodys: OwnSender = { throughSandbox: false, sender: null, atUpstream: false };

export function createSenders({ db }: { readonly db: Queryable }): Senders {
  const ownSenders = new LRUCache<string, OwnSender>({
    max: rememberedMax,
    ttl: rememberedMsMax,
    fetchMethod: (key) => {
      const accountSid = key.slice(0, 34) as AccountSid;
      return loadOwnSender(db, accountSid, key.slice(35));
    },
  });
  const services = new LRUCache<string, Service | "upstream" | "none">({
    max: rememberedMax,
    ttl: rememberedMsMax,
    fetchMethod: (key) => loadService(db, key.slice(0, 34) as AccountSid, key.slice(35) as MessagingServiceSid),
  });
  const defaults = new LRUCache<AccountSid, { readonly found: boolean }>({
    max: rememberedMax,
    ttl: rememberedMsMax,
    fetchMethod: async (accountSid) => ({ found: await chainHasDefaultSender(db, accountSid) }),
  });

  async function chooseService(accountSid: AccountSid, checked: CheckedRequest, serviceSid: MessagingServiceSid) {
    const key = `${accountSid} ${serviceSid}`;
    const found = await services.fetch(key);
    // Whoever has just been refused makes the service or adds a sender, and tries again at once.
    if (found === "none" || (typeof found === "object" && found.senders.length === 0)) services.delete(key);
    if (found === undefined || found === "none") {
      throw new GatewayError("service-not-found", "The account has no such messaging service.", {
        values: { messagingServiceSid: serviceSid },
      });
    }
    if (found !== "upstream") return fromService(found, checked);
    return checked.from === null
      ? { ...openChoice, consentService: serviceSid }
      : pinned(accountSid, checked, serviceSid);
  }

  /** Whether a number is in an upstream's service only that upstream knows: it must be the account's at least. */
  async function pinned(accountSid: AccountSid, checked: CheckedRequest, serviceSid: MessagingServiceSid) {
    const own = (await ownSenders.fetch(`${accountSid} ${checked.from?.address ?? ""}`)) ?? nobodys;
    if (own.sender === null && !own.atUpstream) throw notInService(checked, serviceSid);
    return { ...fromOwn(own, checked), paced: false, consentService: serviceSid };
  }

  function choose(accountSid: AccountSid, checked: CheckedRequest): SenderChoice | Promise<SenderChoice> {
    if (checked.messagingServiceSid !== null) return chooseService(accountSid, checked, checked.messagingServiceSid);
    const key = `${accountSid} ${checked.from?.address ?? ""}`;
    const known = ownSenders.get(key);
    if (known !== undefined) return chooseOwn(key, known, checked);
    return ownSenders.fetch(key).then((own) => chooseOwn(key, own ?? nobodys, checked));
  }

  function chooseOwn(key: string, own: OwnSender, checked: CheckedRequest): SenderChoice {
    // Here, too, whoever has just been refused buys the number and tries again at once.
    const refused = own.sender === null && checked.from !== null && !mayBeUnowned(checked.from, own);
    if (refused) ownSenders.delete(key);
    return fromOwn(own, checked);
  }

  async function chainHasDefault(accountSid: AccountSid): Promise<boolean> {
    const known = await defaults.fetch(accountSid);
    // Whoever has just been refused names a sender for the provider, and tries again at once.
    if (known?.found !== true) defaults.delete(accountSid);
    return known?.found === true;
  }

  return { choose, chainHasDefault };
}

async function loadOwnSender(db: Queryable, accountSid: AccountSid, address: string): Promise<OwnSender> {
  const [kind, sender] = await Promise.all([
    activeProviderKind(db, accountSid),
    address === "" ? null : findSenderByAddress(db, accountSid, address),
  ]);
  const atUpstream = sender === null && address !== "" && (await hasUpstreamSender(db, accountSid, address));
  return { throughSandbox: kind === "sandbox", sender, atUpstream };
}

async function loadService(
  db: Queryable,
  accountSid: AccountSid,
  serviceSid: MessagingServiceSid,
): Promise<Service | "upstream" | "none"> {
  const service = await findMessagingService(db, accountSid, serviceSid);
  if (service === null) return (await hasUpstreamSender(db, accountSid, serviceSid)) ? "upstream" : "none";
  return { service, senders: await listServiceSenders(db, accountSid, serviceSid) };
}

function fromOwn(own: OwnSender, checked: CheckedRequest): SenderChoice {
  const { sender } = own;
  const { from, to } = checked;
  if (own.throughSandbox) refuseMagic(from?.address ?? "", to);
  if (sender !== null) {
    return {
      from: sender.address,
      senderId: sender.id,
      paced: sender.segmentsPerSecond !== null,
      consentService: sender.messagingServiceSid,
      statusCallback: null,
      validitySeconds: null,
    };
  }
  if (from !== null && !mayBeUnowned(from, own)) {
    throw new GatewayError("from-not-owned", "'From' is not a sender of this account.", {
      values: { from: from.address, to },
    });
  }
  return { ...openChoice, from: from?.address ?? null };
}

const openChoice: SenderChoice = {
  from: null,
  senderId: null,
  paced: false,
  consentService: null,
  statusCallback: null,
  validitySeconds: null,
};

/** The sandbox's magic numbers fail at create, as with Twilio's test credentials. From is looked at before To. */
function refuseMagic(from: string, to: string): void {
  const code = magicRefusal(from, to);
  if (code !== null) throw new GatewayError(code, "A magic number of the sandbox.", { values: { from, to } });
}

/**
 * Without a sender of the account's own: what a provider's upstream has. Alphanumeric ids and channels are the carrier's to
 * judge; in the sandbox the valid magic number is everyone's.
 */
function mayBeUnowned(from: SenderAddress, { throughSandbox, atUpstream }: OwnSender): boolean {
  if (atUpstream || from.kind === "alphanumeric" || from.kind === "channel") return true;
  return throughSandbox && magicSender(from.address) !== null;
}

function fromService({ service, senders }: Service, checked: CheckedRequest): SenderChoice {
  if (senders.length === 0) {
    throw new GatewayError("service-empty", "The messaging service has no senders.", {
      values: { messagingServiceSid: service.sid },
    });
  }
  const pinned = checked.from === null ? null : senders.find((sender) => sender.address === checked.from?.address);
  if (pinned === undefined) throw notInService(checked, service.sid);
  return {
    from: pinned?.address ?? null,
    senderId: pinned?.id ?? null,
    // A slot is taken when the sender is chosen, at hand-over.
    paced: false,
    consentService: service.sid,
    statusCallback: service.statusCallback,
    validitySeconds: service.settings.validitySeconds,
  };
}

function notInService({ from }: CheckedRequest, messagingServiceSid: MessagingServiceSid): GatewayError {
  return new GatewayError("sender-not-in-service", "'From' is not in the messaging service's pool.", {
    values: { from: from?.address ?? "", messagingServiceSid },
  });
}
