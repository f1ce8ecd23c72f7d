// What the live tail shows: one row for each message, newest first, its status as of the last event. Holds a thousand messages
// a second by doing little for each event: rows change in place, and who looks is told a few times a second at most. Bounded:
// the oldest rows leave.

import type { GatewayEvent, StreamState } from "../../api/event-stream.ts";

export interface TailRow {
  readonly sid: string;
  /** Of the first event that was seen of it. */
  readonly at: string;
  from: string | null;
  to: string;
  status: string;
  direction: string;
  body: string;
  errorCode: number | null;
  /** Rises with each change, so that a row that did not change need not be drawn again. */
  version: number;
}

export interface TailView {
  readonly rows: readonly TailRow[];
  /** Rows that wait above, while the view is held. */
  readonly waiting: number;
  readonly state: StreamState;
  /** Left out by the gateway; null: nobody knows how many; undefined: none. */
  readonly gap: number | null | undefined;
  readonly eventsPerSecond: number;
}

export interface TailStore {
  add(events: readonly GatewayEvent[]): void;
  /** Messages that were there before the tail began, or before it went on after a gap. */
  seed(rows: readonly Omit<TailRow, "version">[]): void;
  noteGap(skipped: number | null): void;
  setState(state: StreamState): void;
  /** Holds the view still: new rows wait. */
  hold(held: boolean): void;
  readonly getView: () => TailView;
  readonly subscribe: (listener: () => void) => () => void;
  stop(): void;
}

const rowsMax = 5_000;
const tellEveryMs = 200;
const rateOverMs = 2_000;

export function createTailStore(now: () => number = () => performance.now()): TailStore {
  const bySid = new Map<string, TailRow>();
  let rows: readonly TailRow[] = [];
  /** Oldest first. */
  let fresh: TailRow[] = [];
  /** Since the view was held; more than `fresh` keeps, when many came. */
  let waiting = 0;
  let held = false;
  let state: StreamState = "connecting";
  let gap: number | null | undefined;
  let counted: { readonly atMs: number; readonly events: number }[] = [];
  let view: TailView = { rows, waiting: 0, state, gap, eventsPerSecond: 0 };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<() => void>();

  function tell(): void {
    timer = undefined;
    if (fresh.length > rowsMax) fresh = fresh.slice(-rowsMax);
    if (!held && fresh.length > 0) {
      rows = [...fresh.toReversed(), ...rows].slice(0, rowsMax);
      fresh = [];
      waiting = 0;
    }
    // Also while it is held: what has left the list leaves the memory.
    if (bySid.size > rowsMax * 3) forget();
    const sinceMs = now() - rateOverMs;
    counted = counted.filter(({ atMs }) => atMs >= sinceMs);
    const events = counted.reduce((sum, one) => sum + one.events, 0);
    view = { rows, waiting, state, gap, eventsPerSecond: Math.round((events * 1000) / rateOverMs) };
    for (const listener of listeners) listener();
    // The rate goes back to nothing when nothing comes any more.
    if (events > 0) later();
  }

  function later(): void {
    timer ??= setTimeout(tell, tellEveryMs);
  }

  function forget(): void {
    const kept = new Set([...rows, ...fresh].map(({ sid }) => sid));
    for (const sid of bySid.keys()) if (!kept.has(sid)) bySid.delete(sid);
  }

  function take({ at, type, message }: GatewayEvent): void {
    const known = bySid.get(message.sid);
    if (known === undefined) {
      const row: TailRow = {
        ...{ sid: message.sid, at, from: message.from, to: message.to ?? "", status: message.status ?? "" },
        ...{ direction: message.direction ?? "", body: message.body ?? "", errorCode: message.errorCode, version: 0 },
      };
      bySid.set(message.sid, row);
      fresh.push(row);
      waiting += 1;
      return;
    }
    known.version += 1;
    known.from = message.from ?? known.from;
    known.errorCode = message.errorCode ?? known.errorCode;
    if (message.status !== null && message.status !== undefined) known.status = message.status;
    if (type === "message.redacted" || type === "message.deleted") known.body = "";
  }

  return {
    add(events) {
      for (const event of events) take(event);
      counted.push({ atMs: now(), events: events.length });
      later();
    },
    seed(given) {
      const older = given.filter(({ sid }) => !bySid.has(sid)).map((row) => ({ ...row, version: 0 }));
      for (const row of older) bySid.set(row.sid, row);
      // After a gap some are newer than what is shown.
      rows = [...rows, ...older].sort(newestFirst).slice(0, rowsMax);
      later();
    },
    noteGap(skipped) {
      gap = skipped === null || gap === null ? null : (gap ?? 0) + skipped;
      later();
    },
    setState(next) {
      state = next;
      later();
    },
    hold(next) {
      held = next;
      later();
    },
    getView: () => view,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      clearTimeout(timer);
      listeners.clear();
    },
  };
}

/** In one message's id, its time comes first. */
function newestFirst(one: TailRow, other: TailRow): number {
  const [first, second] = [one.sid.slice(2), other.sid.slice(2)];
  return first === second ? 0 : first < second ? 1 : -1;
}
