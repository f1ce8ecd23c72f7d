// Who of a claimed batch may go on: each message is planned, and takes a place at its provider. One whose provider takes
// nothing more just now stays for a moment, if there will be a place, or goes back into the queue, with a moment of its own
// to come again.

import type { Clock } from "../../core/clock.ts";
import type { RetrySettings } from "../../core/dispatch/retry.ts";
import type { Uuid } from "../../core/ids.ts";
import type { ClaimedMessage, PutOffClaim } from "../../store/queue.ts";
import type { DispatchProvider } from "./account-facts.ts";
import type { MessageFacts } from "./facts.ts";
import { type Plan, planMessage } from "./plan.ts";
import type { Place, ProviderStates, Purpose } from "./provider-states.ts";

export interface AdmitDeps {
  readonly clock: Clock;
  readonly retry: RetrySettings;
  readonly states: ProviderStates;
}

export interface Planned {
  readonly message: ClaimedMessage;
  readonly facts: MessageFacts;
  readonly plan: Exclude<Plan, { kind: "wait" }>;
  /** To be freed when the message is through. */
  readonly place: Place | null;
}

/** A claimed message with all that must be known to plan it. */
export interface Known {
  readonly message: ClaimedMessage;
  readonly facts: MessageFacts;
}

export interface Admitted {
  readonly planned: readonly Planned[];
  /** They found no place, but will in a moment. */
  readonly staying: ReadonlyMap<DispatchProvider, readonly Known[]>;
  readonly waiting: readonly PutOffClaim[];
}

export interface Patience {
  /** How long a message may stay that finds no place. */
  readonly ms: number;
  /** It has stayed already: as long as it has time, it does so before those who come later. */
  readonly stayed: boolean;
}

/** A message stays only if its turn will come in this share of its time: there are always some who are slower. */
const surelyInTime = 0.6;

/** Frees what it has taken if it throws. */
export function admit(deps: AdmitDeps, batch: readonly Known[], patience: Patience): Admitted {
  const { states } = deps;
  for (const account of new Set(batch.map(({ facts }) => facts.account))) states.note(account.providers);
  const planned: Planned[] = [];
  const staying = new Map<DispatchProvider, Known[]>();
  const waiting: PutOffClaim[] = [];
  try {
    for (const known of batch) {
      const found = admitOne(deps, known);
      if ("plan" in found) {
        planned.push(found);
        continue;
      }
      const stayers = staying.get(found) ?? [];
      const mayStay = patience.stayed
        ? patience.ms > 0 && !states.isResting(found.id)
        : stayers.length < states.soonFree(found, patience.ms * surelyInTime);
      if (mayStay) {
        stayers.push(known);
        staying.set(found, stayers);
      } else waiting.push({ message: known.message, dueAt: new Date(states.comeAgainAtMs(found)) });
    }
  } catch (error) {
    for (const { place } of planned) place?.free();
    throw error;
  }
  return { planned, staying, waiting };
}

/** The provider that takes nothing more just now, if that is so. */
function admitOne(deps: AdmitDeps, { message, facts }: Known): Planned | DispatchProvider {
  const plan = planMessage(message, facts, { retry: deps.retry, isResting: deps.states.isResting });
  const provider = (providerId: Uuid) => facts.account.providers.find(({ id }) => id === providerId);
  if (plan.kind === "wait") {
    const resting = provider(plan.providerId);
    if (resting === undefined) throw new Error("a message waits for a provider that is not there");
    return resting;
  }
  const wish = wishOf(deps, message, facts, plan);
  // Gone: the hand-over says so.
  const wished = wish === null ? undefined : provider(wish.providerId);
  if (wish === null || wished === undefined) return { message, facts, plan, place: null };
  const place = deps.states.enter(wished, message.sid, wish.purpose);
  return place === null ? wished : { message, facts, plan, place };
}

/** Null: it needs no provider. */
function wishOf(
  { clock, retry }: AdmitDeps,
  message: ClaimedMessage,
  { history }: MessageFacts,
  plan: Planned["plan"],
): { readonly providerId: Uuid; readonly purpose: Purpose } | null {
  if (plan.kind === "ask") {
    const { providerId, startedAt } = plan.attempt;
    // At the end of its time it is settled, one way or the other.
    const isLast = clock.nowMs() - startedAt.getTime() >= retry.lookupMs;
    return { providerId, purpose: isLast ? "test" : "ask" };
  }
  if (plan.kind !== "send") return null;
  const { providerId } = plan.route;
  if (message.options.onlyProvider !== undefined) return { providerId, purpose: "test" };
  return { providerId, purpose: history.some((attempt) => attempt.providerId === providerId) ? "again" : "first" };
}
