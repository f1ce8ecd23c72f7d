// Which provider and which sender carry a message. An own number goes out through the providers that own it; a messaging
// service through whichever providers its pool has; everything else down the fallback chain. A provider that rests is
// passed over while another can take the message.

import { isSid, type Uuid } from "../ids.ts";
import type { ChoosableSender } from "../routing/choose-sender.ts";

export interface RoutableProvider {
  readonly id: Uuid;
  /** 0 is the active provider; null: outside the chain. */
  readonly chainPosition: number | null;
  /** The account's own sandbox: it can send from anything, and nothing leaves the house. */
  readonly builtIn: boolean;
  /** What it sends from when nobody says; empty: it knows by itself; null: it must be told. */
  readonly defaultFrom: string | null;
  /** The sender row behind defaultFrom, if there is one. */
  readonly defaultSenderId: Uuid | null;
  /** The senders that its settings name. */
  readonly named: readonly string[];
  /** In place of defaultFrom: the first that serves the recipient's country. None that does: it cannot take the message. */
  readonly choices?: readonly CountrySender[];
}

export interface CountrySender {
  readonly address: string;
  /** The sender row behind it, if there is one. */
  readonly senderId: Uuid | null;
  /** Null: every country. */
  readonly countries: ReadonlySet<string> | null;
}

export interface PoolSender extends ChoosableSender {
  readonly id: Uuid;
  readonly address: string;
  readonly providerId: Uuid;
}

/** Whose upstream account has an address, by the last synchronisation. */
export type UpstreamOwners = (address: string) => ReadonlySet<Uuid>;

/** The senders of a pool that a provider can send from. */
export interface ProviderPool {
  readonly providerId: Uuid;
  readonly senders: readonly PoolSender[];
}

export interface RouteRequest {
  /** The sender that the message names, if it is the account's own. */
  readonly owner: PoolSender | null;
  /** The address that the message names, own or not. */
  readonly from: string | null;
  /** A messaging service of an upstream, which chooses the sender. */
  readonly upstreamService: string | null;
  readonly onlyProvider: Uuid | null;
  /** By poolsOf(); null: no service, or the caller pinned the sender. */
  readonly pools: readonly ProviderPool[] | null;
  /** In chain order, then the others. */
  readonly providers: readonly RoutableProvider[];
  readonly upstreamOwners: UpstreamOwners;
  /** Providers that have been given up for this message. */
  readonly exhausted: ReadonlySet<Uuid>;
  readonly isResting: (providerId: Uuid) => boolean;
  readonly choose: (senders: readonly PoolSender[]) => PoolSender | null;
  /** Asked where providers have senders by country; null: a number of no country. */
  readonly recipientCountry?: () => string | null;
}

export interface Route {
  readonly providerId: Uuid;
  readonly senderId: Uuid | null;
  /** An address, the SID of an upstream's messaging service, or empty: the provider knows. */
  readonly from: string;
  /** Another provider could take over from this one. */
  readonly hasNext: boolean;
  /** Providers before it that are resting just now. */
  readonly passedOver: readonly Uuid[];
  /** Providers before it in the chain that have nothing to send from to this recipient. Absent: none. */
  readonly unable?: readonly Uuid[];
}

/** Every provider that could take it is resting; this is the first of them. */
export interface Wait {
  readonly waitFor: Uuid;
}

/** The next route of a message; null: there is none (left). */
export function routeMessage(request: RouteRequest): Route | Wait | null {
  const routes = candidates(request).filter((route) => !request.exhausted.has(route.providerId));
  const next = routes.findIndex((route) => !request.isResting(route.providerId));
  const route = routes[next];
  if (route !== undefined) {
    const passedOver = routes.slice(0, next).map((resting) => resting.providerId);
    const unable = unableBefore(request, route.providerId);
    const hasNext = routes.length > next + 1 || next > 0;
    return { ...route, hasNext, passedOver, ...(unable.length === 0 ? {} : { unable }) };
  }
  const [first] = routes;
  return first === undefined ? null : { waitFor: first.providerId };
}

function unableBefore(request: RouteRequest, chosen: Uuid): readonly Uuid[] {
  const { providers, from, onlyProvider, pools } = request;
  if (from !== null || pools !== null || onlyProvider !== null) return [];
  const before = providers.slice(
    0,
    providers.findIndex(({ id }) => id === chosen),
  );
  return before
    .filter((provider) => provider.choices !== undefined && inChain(provider))
    .filter((provider) => through(provider, request, null).length === 0)
    .map(({ id }) => id);
}

type Candidate = Omit<Route, "hasNext" | "passedOver" | "unable">;

function candidates(request: RouteRequest): Candidate[] {
  const { from, upstreamService, onlyProvider, pools, providers } = request;
  const named = from ?? upstreamService;
  if (onlyProvider !== null) {
    return providers.filter((provider) => provider.id === onlyProvider).flatMap((one) => through(one, request, named));
  }
  if (pools !== null) return pools.flatMap((pool) => throughPool(pool, request.choose));
  if (named !== null) {
    const rowProvider = request.owner?.providerId ?? null;
    const owners = ownersOf(providers, { address: named, rowProvider }, request.upstreamOwners(named));
    if (owners.length > 0) return owners.flatMap((provider) => through(provider, request, named));
    // Nobody's: alphanumeric ids and channels are the carriers' to judge.
    if (from === null) return [];
  }
  return providers.filter(inChain).flatMap((provider) => through(provider, request, from));
}

interface OwnedAddress {
  readonly address: string;
  /** The provider of the account's sender row, if there is one. */
  readonly rowProvider: Uuid | null;
}

/**
 * The providers that own an address, in their order. Those outside the chain count only where nobody in it owns the
 * address; the account's own sandbox counts only where it is the only one: it must not swallow what was to go out.
 */
function ownersOf(
  providers: readonly RoutableProvider[],
  { address, rowProvider }: OwnedAddress,
  upstreamOwners: ReadonlySet<Uuid>,
): readonly RoutableProvider[] {
  const owners = providers.filter(
    ({ id, named }) => id === rowProvider || upstreamOwners.has(id) || named.includes(address),
  );
  const chained = owners.filter(inChain);
  if (chained.length === 0) return owners;
  const real = chained.filter((provider) => !provider.builtIn);
  return real.length > 0 ? real : chained;
}

function inChain(provider: RoutableProvider): boolean {
  return provider.chainPosition !== null;
}

function choiceFor(choices: readonly CountrySender[], country: string | null): CountrySender | undefined {
  return choices.find(({ countries }) => countries === null || (country !== null && countries.has(country)));
}

function through(
  provider: RoutableProvider,
  { owner, recipientCountry }: RouteRequest,
  from: string | null,
): Candidate[] {
  if (from !== null) return [{ providerId: provider.id, senderId: owner?.id ?? null, from }];
  if (provider.choices !== undefined) {
    const chosen = choiceFor(provider.choices, recipientCountry?.() ?? null);
    return chosen === undefined ? [] : [{ providerId: provider.id, senderId: chosen.senderId, from: chosen.address }];
  }
  if (provider.defaultFrom === null) return [];
  return [{ providerId: provider.id, senderId: provider.defaultSenderId, from: provider.defaultFrom }];
}

/** What each provider can send of a pool, in the order of the providers; outside the chain only if nobody in it has any. */
export function poolsOf(
  pool: readonly PoolSender[],
  providers: readonly RoutableProvider[],
  upstreamOwners: UpstreamOwners,
): ProviderPool[] {
  const sendersOf = new Map<RoutableProvider, PoolSender[]>(providers.map((provider) => [provider, []]));
  for (const sender of pool) {
    const owned = { address: sender.address, rowProvider: sender.providerId };
    const owners = ownersOf(providers, owned, upstreamOwners(sender.address));
    for (const owner of owners) sendersOf.get(owner)?.push(sender);
  }
  const all = [...sendersOf].filter(([, senders]) => senders.length > 0);
  const chained = all.filter(([provider]) => inChain(provider));
  return (chained.length > 0 ? chained : all).map(([{ id }, senders]) => ({ providerId: id, senders }));
}

function throughPool({ providerId, senders }: ProviderPool, choose: RouteRequest["choose"]): Candidate[] {
  const chosen = choose(senders);
  return chosen === null ? [] : [{ providerId, senderId: chosen.id, from: chosen.address }];
}

/** Handed over like that, a message is from whatever the provider's end picks: its messaging service, or its own default. */
export function picksItsSender(from: string): boolean {
  return from === "" || isSid(from, "MG");
}
