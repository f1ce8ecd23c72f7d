// Which provider and which sender carry a message. An own number goes out through the provider that owns it; a messaging
// service through whichever provider its pool has, in the order of the fallback chain; everything else down the chain.

import type { Uuid } from "../ids.ts";
import type { ChoosableSender } from "../routing/choose-sender.ts";

export interface RoutableProvider {
  readonly id: Uuid;
  /** 0 is the active provider; null: outside the chain. */
  readonly chainPosition: number | null;
  /** What it sends from when nobody says; null: it must be told. */
  readonly defaultFrom: string | null;
}

export interface PoolSender extends ChoosableSender {
  readonly id: Uuid;
  readonly address: string;
  readonly providerId: Uuid;
}

export interface RouteRequest {
  /** The sender that the message names, if it is the account's own. */
  readonly owner: PoolSender | null;
  /** The address that the message names, own or not. */
  readonly from: string | null;
  readonly onlyProvider: Uuid | null;
  /** The messaging service's senders; null: no service, or the caller pinned the sender. */
  readonly pool: readonly PoolSender[] | null;
  /** In chain order, then the others. */
  readonly providers: readonly RoutableProvider[];
  /** Providers that have been given up for this message. */
  readonly exhausted: ReadonlySet<Uuid>;
  readonly choose: (senders: readonly PoolSender[]) => PoolSender | null;
}

export interface Route {
  readonly providerId: Uuid;
  readonly senderId: Uuid | null;
  readonly from: string;
  /** Another provider could take over from this one. */
  readonly hasNext: boolean;
}

/** The next route of a message; null: there is none (left). */
export function routeMessage(request: RouteRequest): Route | null {
  const routes = candidates(request);
  const next = routes.findIndex((route) => !request.exhausted.has(route.providerId));
  const route = routes[next];
  if (route === undefined) return null;
  const hasNext = routes.slice(next + 1).some((other) => !request.exhausted.has(other.providerId));
  return { ...route, hasNext };
}

type Candidate = Omit<Route, "hasNext">;

function candidates(request: RouteRequest): Candidate[] {
  const { owner, from, onlyProvider, pool, providers } = request;
  if (onlyProvider !== null) {
    return providers.filter((provider) => provider.id === onlyProvider).flatMap((provider) => through(provider, from));
  }
  if (pool !== null) return providers.flatMap((provider) => throughPool(provider, pool, request.choose));
  if (owner !== null) return [{ providerId: owner.providerId, senderId: owner.id, from: owner.address }];
  return providers.filter((provider) => provider.chainPosition !== null).flatMap((provider) => through(provider, from));
}

function through(provider: RoutableProvider, from: string | null): Candidate[] {
  const address = from ?? provider.defaultFrom;
  return address === null ? [] : [{ providerId: provider.id, senderId: null, from: address }];
}

function throughPool(
  provider: RoutableProvider,
  pool: readonly PoolSender[],
  choose: RouteRequest["choose"],
): Candidate[] {
  const chosen = choose(pool.filter((sender) => sender.providerId === provider.id));
  return chosen === null ? [] : [{ providerId: provider.id, senderId: chosen.id, from: chosen.address }];
}
