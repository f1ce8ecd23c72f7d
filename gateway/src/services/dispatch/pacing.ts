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

const queueOverflowCode = 30001;

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

/** The items that may go on now; those that must wait are back in the queue, each at its time. */
export async function awaitTurns<I extends Item>(deps: PacingDeps, items: readonly I[]): Promise<(I | Overflow<I>)[]> {
  const paced = items.flatMap((item): Paced<I>[] => {
    const sender = pacedSenderOf(item);
    return sender === null || item.plan.kind !== "send" ? [] : [{ item, senderId: sender.id, plan: item.plan }];
  });
  if (paced.length === 0) return [...items];
  const nowMs = deps.clock.nowMs();
  const { verdicts, told } = await deps.db.transaction((tx) => judge(tx, paced, nowMs));
  if (told) deps.wakeCallbacks();
  return items.flatMap((item) => {
    const verdict = verdicts.get(item);
    if (verdict === undefined || verdict === "now") return [item];
    return verdict === "full" ? [{ ...item, plan: { kind: "fail", errorCode: queueOverflowCode } as const }] : [];
  });
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

type Overflow<I extends Item> = Omit<I, "plan"> & { readonly plan: Extract<Plan, { kind: "fail" }> };

function pacedSenderOf({ facts, plan }: Item): Sender | null {
  if (plan.kind !== "send") return null;
  const id: Uuid | null = plan.route.senderId;
  if (id === null) return null;
  const sender = facts.owner?.id === id ? facts.owner : facts.service?.senders.find((candidate) => candidate.id === id);
  return sender === undefined || sender.segmentsPerSecond === null ? null : sender;
}

/** A messaging service's message gets its sender now, and with it a place in that sender's queue. */
export function queuedCallback(message: ClaimedMessage, from: string): NewCallback | null {
  if (message.status !== "accepted" && message.status !== "scheduled") return null;
  return statusCallbackOf({ ...message, from }, { status: "queued", errorCode: null });
}
