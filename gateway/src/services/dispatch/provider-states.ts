// What this process knows of each provider from its own hand-overs: how many are under way, whether its breaker is open,
// until when it asked to be left alone. Decides who may begin a hand-over, and when the others are to come again: one slow
// or dead provider must hold neither the places of the others nor the queue. Nothing here outlives the process.

import type { HandoverOutcome } from "../../carriers/carrier.ts";
import { type BreakerSettings, createBreaker, type Leave } from "../../core/dispatch/breaker.ts";
import type { MessageSid, Uuid } from "../../core/ids.ts";
import {
  type Entry,
  type EntryDeps,
  failureOf,
  flagEveryMs,
  heed,
  type JudgedProvider,
  newEntry,
  ownMaximum,
  type ProviderStateView,
  reasonOf,
  tell,
  viewOf,
} from "./provider-entry.ts";

/** A hand-over under way. Freed in any case; settled before, if the carrier was called: the first word counts. */
export interface Place {
  settle(outcome: HandoverOutcome): void;
  free(): void;
}

/**
 * `again`: an earlier attempt of the message went to this provider. `ask`: what became of one. `test`: whatever its state,
 * to see what it says.
 */
export type Purpose = "first" | "again" | "ask" | "test";

export interface ProviderStates {
  /** Of the providers that are about to be judged: those that were changed begin anew. */
  note(providers: readonly JudgedProvider[]): void;
  /** Would enter() send the next message away because of the provider's state? */
  isResting(providerId: Uuid): boolean;
  /** Why, in a few words. */
  whyResting(providerId: Uuid): string;
  /** Null: not now. */
  enter(provider: JudgedProvider, messageSid: MessageSid, purpose: Purpose): Place | null;
  /**
   * How many that found no place may as well stay for `ms`, because so many places will be free by then; 0 for a provider
   * that rests.
   */
  soonFree(provider: JudgedProvider, ms: number): number;
  /** So many messages wait for places. Resolves when there are, for half of all that the provider has, or after `ms`. */
  whenFree(provider: JudgedProvider, messages: number, ms: number): Promise<void>;
  /** How many messages wait for places that will be free soon. */
  staying(): number;
  /** When a message that may not enter is to come again, ms since the epoch: each has a moment of its own. */
  comeAgainAtMs(provider: JudgedProvider): number;
  /** Of every provider that has something under way or was not well within the last hour. */
  states(): readonly ProviderStateView[];
}

export interface ProviderStatesSettings {
  readonly breaker: BreakerSettings;
  /** Hand-overs under way at once, of all providers together. */
  readonly places: number;
}

export interface ProviderStatesDeps extends EntryDeps {
  readonly random: () => number;
  readonly settings: ProviderStatesSettings;
}

/** However crowded it is, each provider has so many places. */
const placesMin = 8;
/** It may have so many times what is left free: one provider two thirds of all, two of them two fifths each … */
const shareOfFree = 2;
/** A provider that has just begun to be busy has not had the time to show how quick it is. */
const newlyBusyMs = 200;
/** Of a provider's places, for messages that were there before: a storm of retries must leave room for first attempts. */
const shareForRetries = 0.25;
const rememberedMs = 3_600_000;
export function createProviderStates(deps: ProviderStatesDeps): ProviderStates {
  const { clock, settings } = deps;
  const entries = new Map<Uuid, Entry>();
  let taken = 0;
  let staying = 0;

  function entryOf(provider: JudgedProvider): Entry {
    const known = entries.get(provider.id);
    if (known !== undefined) return known;
    const entry = newEntry(provider, settings.breaker, clock.nowMs());
    entries.set(provider.id, entry);
    return entry;
  }

  /** In proportion to what is free: however many slow providers there are, some places are left. */
  function shareOf({ provider }: Entry): number {
    return Math.min(ownMaximum(provider), Math.max(placesMin, (settings.places - taken) * shareOfFree));
  }

  function isFull(entry: Entry, purpose: Purpose): boolean {
    const { inFlight, retries } = entry;
    const share = shareOf(entry);
    if (inFlight >= share) return true;
    return purpose !== "first" && retries >= Math.max(1, Math.floor(share * shareForRetries));
  }

  /** Null: not now; else what the breaker says to it, if it is concerned. */
  function leaveFor(entry: Entry, purpose: Purpose): { readonly leave: Leave | null } | null {
    if (purpose === "test") return { leave: null };
    const nowMs = clock.nowMs();
    if (nowMs < entry.pausedUntilMs || isFull(entry, purpose)) return null;
    // A question is no probe: that it is answered does not say that messages are taken.
    if (purpose === "ask") return entry.breaker.mayEnter(nowMs) ? { leave: null } : null;
    const leave = entry.breaker.enter(nowMs);
    return leave === null ? null : { leave };
  }

  function enter(provider: JudgedProvider, messageSid: MessageSid, purpose: Purpose): Place | null {
    const entry = entryOf(provider);
    const granted = leaveFor(entry, purpose);
    if (granted === null) return null;
    let { leave } = granted;
    const { breaker } = entry;
    const retries = purpose === "again" || purpose === "ask" ? 1 : 0;
    if (entry.inFlight === 0) entry.busySinceMs = clock.nowMs();
    entry.inFlight += 1;
    entry.retries += retries;
    taken += 1;
    let freed = false;
    return {
      settle(outcome) {
        heed(deps, entry, outcome);
        if (leave === null) return;
        const reason = failureOf(outcome);
        if (reason === "neutral") breaker.abandoned(leave);
        else if (reason === null) breaker.succeeded(leave);
        else breaker.failed(leave, { nowMs: clock.nowMs(), message: messageSid, reason, random: deps.random() });
        leave = null;
        tell(deps, entry);
      },
      free() {
        if (freed) return;
        freed = true;
        if (leave !== null) breaker.abandoned(leave);
        entry.inFlight -= 1;
        entry.retries -= retries;
        taken -= 1;
        entry.usedAtMs = clock.nowMs();
        entry.line.served(entry.usedAtMs);
        callAwaiting(entry);
        forgetIfIdle(entry);
      },
    };
  }

  function callAwaiting(entry: Entry): void {
    let free = shareOf(entry) - entry.inFlight;
    for (;;) {
      const [next] = entry.awaiting;
      if (next === undefined || free < next.places) return;
      free -= next.places;
      entry.awaiting.shift();
      next.resolve();
    }
  }

  function forgetIfIdle(entry: Entry): void {
    if (entry.inFlight > 0 || entry.awaiting.length > 0 || entry.wasOpen || !entry.breaker.isFresh()) return;
    const nowMs = clock.nowMs();
    const toldAtMs = Math.max(entry.flaggedAtMs, entry.unreachableAtMs);
    if (entry.pausedUntilMs > nowMs || toldAtMs + flagEveryMs > nowMs || entry.line.isBusy(nowMs)) return;
    entries.delete(entry.provider.id);
  }

  return {
    note(providers) {
      for (const provider of providers) {
        const entry = entries.get(provider.id);
        if (entry === undefined || entry.provider.sequence === provider.sequence) continue;
        entry.provider = provider;
        entry.breaker = createBreaker(settings.breaker);
        entry.pausedUntilMs = 0;
        tell(deps, entry);
      }
    },
    isResting(providerId) {
      const entry = entries.get(providerId);
      if (entry === undefined) return false;
      const nowMs = clock.nowMs();
      return nowMs < entry.pausedUntilMs || !entry.breaker.mayEnter(nowMs);
    },
    whyResting(providerId) {
      const entry = entries.get(providerId);
      return entry === undefined ? "" : reasonOf(entry, clock.nowMs());
    },
    enter,
    soonFree(provider, ms) {
      const entry = entryOf(provider);
      const nowMs = clock.nowMs();
      if (ms <= 0 || nowMs < entry.pausedUntilMs || entry.breaker.trouble() !== null) return 0;
      if (nowMs - entry.busySinceMs < newlyBusyMs) return Number.POSITIVE_INFINITY;
      return Math.max(0, Math.floor((entry.line.servedPerSecond(nowMs) * ms) / 1000) - entry.staying);
    },
    whenFree(provider, messages, ms) {
      const entry = entryOf(provider);
      entry.staying += messages;
      staying += messages;
      return new Promise((resolve) => {
        const waiting = { places: Math.min(messages, Math.ceil(shareOf(entry) / 2)), resolve: called };
        const timer = setTimeout(() => {
          entry.awaiting = entry.awaiting.filter((other) => other !== waiting);
          called();
        }, ms);
        function called(): void {
          clearTimeout(timer);
          entry.staying -= messages;
          staying -= messages;
          resolve();
        }
        entry.awaiting.push(waiting);
        callAwaiting(entry);
      });
    },
    staying: () => staying,
    comeAgainAtMs(provider) {
      const entry = entryOf(provider);
      const nowMs = clock.nowMs();
      entry.usedAtMs = nowMs;
      const opensAtMs = entry.breaker.trouble() === null ? 0 : entry.breaker.openUntilMs();
      return entry.line.join(nowMs, Math.max(entry.pausedUntilMs, opensAtMs), deps.random());
    },
    states() {
      const nowMs = clock.nowMs();
      for (const [id, entry] of entries) {
        const idle = entry.inFlight === 0 && entry.breaker.trouble() === null;
        if (idle && nowMs - entry.usedAtMs > rememberedMs) entries.delete(id);
      }
      return [...entries.values()].map((entry) => viewOf(entry, nowMs));
    },
  };
}
