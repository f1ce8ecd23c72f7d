// What this process knows of its own hand-overs: which are under way, how they ended, and which of the upstream's messages
// belongs to which. It tells identical messages apart while the store cannot know of them yet.

import { LRUCache } from "lru-cache";
import type { CarrierProvider, Handover } from "../carrier.ts";

export type AttemptState =
  | { readonly kind: "under-way" }
  | { readonly kind: "not-taken" }
  | { readonly kind: "taken"; readonly carrierMessageId: string }
  | { readonly kind: "unknown"; readonly endedAtMs: number; readonly upstream: string };

export interface AttemptMemory {
  begin(handover: Handover): void;
  /** False: the upstream's message is another attempt's. */
  taken(provider: CarrierProvider, handover: Handover, carrierMessageId: string): boolean;
  notTaken(handover: Handover): void;
  /** `upstream`: where it was sent to. */
  unknown(handover: Handover, upstream: string, nowMs: number): void;
  /** Null: nothing is known (any more). */
  of(handover: Handover): AttemptState | null;
  /** Makes an upstream's message this attempt's; false: it is another's. */
  claim(provider: CarrierProvider, handover: Handover, carrierMessageId: string): boolean;
  isAnothers(provider: CarrierProvider, handover: Handover, carrierMessageId: string): boolean;
  /** Another hand-over of the same text to the same recipient is under way: one of the upstream's messages may be its. */
  hasTwinUnderWay(handover: Handover): boolean;
}

const rememberedMax = 20_000;
const nameOf = ({ messageSid, attempt }: Handover): string => `${messageSid} ${attempt}`;

/** Two providers may lead to one upstream account: ids are told apart by the account there. */
function idOf(provider: CarrierProvider, carrierMessageId: string): string {
  return `${String(provider.config["accountSid"])} ${carrierMessageId}`;
}

export function createAttemptMemory(): AttemptMemory {
  const ended = new LRUCache<string, AttemptState>({ max: rememberedMax });
  const owners = new LRUCache<string, string>({ max: rememberedMax });
  const underWay = new Map<string, Handover[]>();

  const end = (handover: Handover, state: AttemptState) => {
    ended.set(nameOf(handover), state);
    const others = underWay.get(handover.to) ?? [];
    const index = others.indexOf(handover);
    if (index >= 0) others.splice(index, 1);
    if (others.length === 0) underWay.delete(handover.to);
  };
  const claim: AttemptMemory["claim"] = (provider, handover, carrierMessageId) => {
    const id = idOf(provider, carrierMessageId);
    const name = nameOf(handover);
    const owner = owners.get(id);
    if (owner === undefined) owners.set(id, name);
    return owner === undefined || owner === name;
  };

  return {
    begin(handover) {
      const others = underWay.get(handover.to);
      if (others === undefined) underWay.set(handover.to, [handover]);
      else others.push(handover);
    },
    taken(provider, handover, carrierMessageId) {
      const own = claim(provider, handover, carrierMessageId);
      if (own) end(handover, { kind: "taken", carrierMessageId });
      return own;
    },
    notTaken: (handover) => end(handover, { kind: "not-taken" }),
    unknown: (handover, upstream, nowMs) => end(handover, { kind: "unknown", endedAtMs: nowMs, upstream }),
    of(handover) {
      const name = nameOf(handover);
      if (underWay.get(handover.to)?.some((other) => nameOf(other) === name)) return { kind: "under-way" };
      return ended.get(name) ?? null;
    },
    claim,
    isAnothers(provider, handover, carrierMessageId) {
      const owner = owners.get(idOf(provider, carrierMessageId));
      return owner !== undefined && owner !== nameOf(handover);
    },
    hasTwinUnderWay(handover) {
      const name = nameOf(handover);
      return (underWay.get(handover.to) ?? []).some((other) => other.body === handover.body && nameOf(other) !== name);
    },
  };
}
