// Pace at hand-over: a message of a paced sender goes out in its slot. Most took theirs when they were accepted; those
// whose sender was chosen only now, and those that were put off or are late (their slot has gone by while nobody
// dispatched), take a new one and wait for it in the queue.

import type { NewCallback } from "../../core/callbacks/callback.ts";
import { statusCallbackOf } from "../../core/callbacks/status-callback.ts";
import type { Clock } from "../../core/clock.ts";
import type { Uuid } from "../../core/ids.ts";
import type { Sender } from "../../core/senders/sender.ts";
import { insertCallbacks } from "../../store/callbacks.ts";
import type { Database } from "../../store/database.ts";
import { reserveSlots } from "../../store/pace.ts";
import type { ClaimedMessage } from "../../store/queue.ts";
import { deferClaims } from "../../store/queue.ts";
import type { MessageFacts } from "./facts.ts";
import type { Plan } from "./plan.ts";

/** A slot that lies no further ahead than this is taken at once. */
const earlyMsMax = 20;
/** A slot that has gone by for longer than this was not used in its time. */
const lateMsMax = 1000;
const queueOverflowCode = 30001;

interface Item {
  readonly message: ClaimedMessage;
  readonly facts: MessageFacts;
  readonly plan: Plan;
}

export interface PacingDeps {
  readonly db: Database;
  readonly clock: Clock;
}

/** The items that may go on now; those that must wait are back in the queue, each at its slot. */
export async function awaitSlots<I extends Item>(deps: PacingDeps, items: readonly I[]): Promise<(I | Overflow<I>)[]> {
  const waiting = items.flatMap((item) => {
    const sender = pacedSenderOf(item);
    const hasSlot = item.message.paced && item.message.lateMs < lateMsMax;
    return sender === null || hasSlot || item.plan.kind !== "send" ? [] : [{ item, sender, plan: item.plan }];
  });
  if (waiting.length === 0) return [...items];
  const nowMs = deps.clock.nowMs();
  const requests = waiting.map(({ item, sender, plan }) => ({
    accountSid: item.message.accountSid,
    senderId: sender.id,
    segments: plan.numSegments,
  }));
  const slots = await deps.db.transaction(async (tx) => {
    const taken = await reserveSlots(tx, requests, nowMs);
    const deferred = waiting.flatMap(({ item, plan }, index) => {
      const slot = taken[index] ?? null;
      if (slot === null || slot <= nowMs + earlyMsMax) return [];
      return [{ message: item.message, route: plan.route, dueAt: new Date(slot) }];
    });
    if (deferred.length > 0) await deferClaims(tx, deferred, new Date(nowMs));
    await insertCallbacks(
      tx,
      deferred.flatMap(({ message, route }) => queuedCallback(message, route.from) ?? []),
    );
    return taken;
  });
  const slotOf = new Map<Item, number | null>(waiting.map(({ item }, index) => [item, slots[index] ?? null]));
  return items.flatMap((item) => {
    const slot = slotOf.get(item);
    if (slot === undefined || (slot !== null && slot <= nowMs + earlyMsMax)) return [item];
    return slot === null ? [{ ...item, plan: { kind: "fail", errorCode: queueOverflowCode } as const }] : [];
  });
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
