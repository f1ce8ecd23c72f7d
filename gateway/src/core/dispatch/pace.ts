// The pace of a sender. Acceptance hands out time slots, one segment after the other, which says when a message is due and
// how long the queue is; hand-over keeps a clock of its own, which alone decides what may go out: slots that went by while
// nobody dispatched must not go out in a burst. Both are kept in the database, so that every gateway process draws from
// the same ones.

export interface Pace {
  readonly segmentsPerSecond: number;
  /** How far ahead a slot may lie; beyond it the sender's queue is full. */
  readonly queueLimitSeconds: number;
  /** The end of the last slot handed out, ms since the epoch. */
  readonly nextSlotAtMs: number;
}

export interface Slots {
  /** The start of each message's slot in ms since the epoch, in order; null: the queue is full. */
  readonly slots: readonly (number | null)[];
  readonly nextSlotAtMs: number;
}

/** Takes a slot for each message; `segments` has each one's length. Time that has passed unused is lost, not saved up. */
export function takeSlots(pace: Pace, segments: readonly number[], nowMs: number): Slots {
  const msPerSegment = 1000 / pace.segmentsPerSecond;
  const latestMs = nowMs + pace.queueLimitSeconds * 1000;
  let next = Math.max(pace.nextSlotAtMs, nowMs);
  const slots = segments.map((count) => {
    if (next > latestMs) return null;
    const slot = next;
    next += Math.max(count, 1) * msPerSegment;
    return slot;
  });
  return { slots, nextSlotAtMs: next };
}

export interface Turn {
  /** It may go out now; its time has been taken. */
  readonly now: boolean;
  /** When it is to be looked at (again), ms since the epoch; nothing is taken for it yet. */
  readonly atMs: number;
}

export interface Turns {
  readonly turns: readonly Turn[];
  readonly nextSendAtMs: number;
}

/** Unused time that may be made up for: claims come in lumps. At one segment a second this allows no burst at all. */
const savedMsMax = 500;
/** So little ahead is now. */
const earlyMsMax = 20;

/** Whose turn it is: lets go, in order, what the pace allows by now, and tells the others when to come again. */
export function takeTurns(
  pace: Pick<Pace, "segmentsPerSecond"> & { readonly nextSendAtMs: number },
  segments: readonly number[],
  nowMs: number,
): Turns {
  const msPerSegment = 1000 / pace.segmentsPerSecond;
  let next = Math.max(pace.nextSendAtMs, nowMs - savedMsMax);
  let nextSendAtMs = next;
  const turns = segments.map((count) => {
    const turn = { now: next <= nowMs + earlyMsMax, atMs: Math.max(next, nowMs) };
    next += Math.max(count, 1) * msPerSegment;
    if (turn.now) nextSendAtMs = next;
    return turn;
  });
  return { turns, nextSendAtMs };
}
