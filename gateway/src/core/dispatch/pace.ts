// The pace of a sender: a queue of time slots, one segment after the other. The end of the last slot handed out is kept
// in the database, so that every gateway process draws from the same queue.

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
