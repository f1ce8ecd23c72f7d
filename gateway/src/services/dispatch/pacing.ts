// Pace at hand-over. A message whose sender was chosen only now takes its place in that sender's queue first; then the
// sender's clock lets go what its pace allows, and the others wait in the queue for their turn.

import type { NewCallback } from "../../core/callbacks/callback.ts";
import { statusCallbackOf } from "../../core/callbacks/status-callback.ts";
import type { Clock } from "../../core/clock.ts";
import { type Uuid, uuidOf } from "../../core/ids.ts";
import type { Sender } from "../../core/senders/sender.ts";
import { insertCallbacks } from "../../store/callbacks.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { type PaceRequest, reserveSlots, reserveTurns } from "../../store/pace.ts";
import type { ClaimedMessage } from "../../store/queue.ts";
import { type DeferredClaim, deferClaims } from "../../store/queue.ts";
import type { MessageFacts } from "./facts.ts";
import type { Plan } from "./plan.ts";

interface Item {
  readonly message: ClaimedMessage;
  readonly facts: MessageFacts;
  readonly plan: Plan;
}

export interface PacingDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly wakeCallbacks: () => void;
}

export interface Turns<I> {
  /** They may go on now. */
  readonly ready: I[];
  /** The queue of the sender that was chosen for them has no room. */
  readonly overflowing: { readonly item: I; readonly senderId: Uuid }[];
}

/** Whose turn it is; those that must wait are back in the queue, each at its time. */
export async function awaitTurns<I extends Item>(deps: PacingDeps, items: readonly I[]): Promise<Turns<I>> {
  const paced = items.flatMap((item): Paced<I>[] => {
    const sender = pacedSenderOf(item);
    return sender === null || item.plan.kind !== "send" ? [] : [{ item, senderId: sender.id, plan: item.plan }];
  });
  if (paced.length === 0) return { ready: [...items], overflowing: [] };
  const nowMs = deps.clock.nowMs();
  const { verdicts, told } = await deps.db.transaction((tx) => judge(tx, paced, nowMs));
  if (told) deps.wakeCallbacks();
  return {
    ready: items.filter((item) => (verdicts.get(item) ?? "now") === "now"),
    overflowing: paced.filter(({ item }) => verdicts.get(item) === "full"),
  };
}

interface Paced<I extends Item> {
  readonly item: I;
  readonly senderId: Uuid;
  readonly plan: Extract<Plan, { kind: "send" }>;
}

type Verdict = "now" | "later" | "full";

async function judge<I extends Item>(tx: Queryable, paced: readonly Paced<I>[], nowMs: number) {
  const verdicts = new Map<Item, Verdict>();
  const later: DeferredClaim[] = [];
  const wait = ({ item, plan }: Paced<I>, atMs: number): void => {
    verdicts.set(item, "later");
    later.push({ message: item.message, route: plan.route, dueAt: new Date(atMs) });
  };
  const newcomers = paced.filter(({ item }) => !item.message.paced);
  const slots = await reserveSlots(tx, newcomers.map(requestOf), nowMs);
  for (const [index, newcomer] of newcomers.entries()) {
    const slot = slots[index] ?? null;
    if (slot === null) verdicts.set(newcomer.item, "full");
    else if (slot > nowMs) wait(newcomer, slot);
  }
  const ready = paced.filter(({ item }) => !verdicts.has(item));
  const turns = await reserveTurns(tx, ready.map(requestOf), nowMs);
  for (const [index, one] of ready.entries()) {
    const turn = turns[index];
    if (turn === undefined || turn.now) verdicts.set(one.item, "now");
    else wait(one, turn.atMs);
  }
  const deferred = later.length === 0 ? new Set<string>() : await deferClaims(tx, later, new Date(nowMs));
  const callbacks = later.flatMap(({ message, route }) =>
    deferred.has(uuidOf(message.sid)) ? (queuedCallback(message, route.from) ?? []) : [],
  );
  await insertCallbacks(tx, callbacks);
  return { verdicts, told: callbacks.length > 0 };
}

function requestOf({ item, senderId, plan }: Paced<Item>): PaceRequest {
  return { accountSid: item.message.accountSid, senderId, segments: plan.numSegments };
}

function pacedSenderOf({ facts, plan }: Item): Sender | null {
  if (plan.kind !== "send") return null;
  const id: Uuid | null = plan.route.senderId;
  if (id === null) return null;
  const isChosen = (candidate: Sender) => candidate.id === id;
  const { owner, service, account } = facts;
  const sender = owner?.id === id ? owner : (service?.senders.find(isChosen) ?? account.defaultSenders.find(isChosen));
  return sender === undefined || sender.segmentsPerSecond === null ? null : sender;
}

/** A messaging service's message gets its sender now, and with it a place in that sender's queue. */
export function queuedCallback(message: ClaimedMessage, from: string | null): NewCallback | null {
  if (message.status !== "accepted" && message.status !== "scheduled") return null;
  return statusCallbackOf({ ...message, from }, { status: "queued", errorCode: null });
}
