// One client of the live tail. It holds a bounded queue for a client that reads too slowly: what does not fit is left
// out and the client is told of the gap; one that has read nothing for half a minute is dropped.

import type { ServerResponse } from "node:http";
import type { StoredEvent } from "../../../store/events.ts";
import { eventFrame, gapFrame } from "./present.ts";
import type { TailListener } from "./tail.ts";

/** A poll of the tail brings up to 3,000 at once; a thousand messages a second are some 4,000 events. They are shared, not copied. */
const queueMax = 10_000;
const heartbeatMs = 15_000;
const stalledMaxMs = 30_000;
const reconnectAfterMs = 2_000;
const headers = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
  "x-content-type-options": "nosniff",
} as const;

export interface EventStream extends TailListener {
  /** Sends the head of the answer. Live events are held back until `goLive`. */
  open(): void;
  /** Sends events of the past, before `goLive`; resolves when the client has taken them, or is gone. */
  replay(events: readonly StoredEvent[]): Promise<void>;
  /** Events of the past stay unsent: the client is told so when it goes live. */
  leaveOut(): void;
  /** Has the queue of live events overflowed since the last call? What was in it is to be read from the past. */
  takeOverflow(): boolean;
  /** From here on live events are sent as they come, beginning with those held back that were not replayed. */
  goLive(replayed: ReadonlySet<string>): void;
  readonly closed: boolean;
  /** Calls back once the client is gone; at once if it is already. */
  whenClosed(callback: () => void): void;
  end(): void;
}

export interface EventStreamOptions {
  readonly response: ServerResponse;
  readonly withBodies: boolean;
}

export function createEventStream({ response, withBodies }: EventStreamOptions): EventStream {
  let queue: StoredEvent[] = [];
  let live = false;
  let overflowed = false;
  let gap: { skipped: number } | null = null;
  let blockedSinceMs: number | null = null;
  let closed = false;

  function write(frames: string): void {
    if (!response.write(frames)) blockedSinceMs ??= performance.now();
  }

  function flush(): void {
    if (!live || blockedSinceMs !== null || closed) return;
    if (gap !== null) {
      write(gapFrame(gap.skipped));
      gap = null;
    }
    while (queue.length > 0 && blockedSinceMs === null) {
      // In pieces of the size of the socket's buffer, so that "slow" is noticed in time.
      write(
        queue
          .splice(0, 50)
          .map((event) => eventFrame(event, withBodies))
          .join(""),
      );
    }
  }

  function overflow(skipped: number): void {
    overflowed = true;
    // Once nobody knows how many, nobody knows.
    if (live) gap = { skipped: skipped === 0 || gap?.skipped === 0 ? 0 : (gap?.skipped ?? 0) + skipped };
    queue = [];
  }

  function beat(): void {
    if (blockedSinceMs === null) {
      write(": still here\n\n");
    } else if (performance.now() - blockedSinceMs > stalledMaxMs) {
      response.destroy();
    }
  }

  let heartbeat: NodeJS.Timeout | undefined;
  response.on("drain", () => {
    blockedSinceMs = null;
    flush();
  });
  response.on("error", () => response.destroy());
  response.on("close", () => {
    closed = true;
    queue = [];
    clearInterval(heartbeat);
  });

  return {
    open() {
      if (closed || response.destroyed) return;
      response.writeHead(200, headers);
      write(`retry: ${reconnectAfterMs}\n: connected\n\n`);
      heartbeat = setInterval(beat, heartbeatMs);
    },
    push(events) {
      if (closed) return;
      queue.push(...events);
      flush();
      if (queue.length > queueMax) overflow(queue.length);
    },
    gap() {
      overflow(0);
      flush();
    },
    leaveOut() {
      gap = { skipped: 0 };
    },
    async replay(events) {
      if (closed || events.length === 0) return;
      write(events.map((event) => eventFrame(event, withBodies)).join(""));
      if (blockedSinceMs !== null) await drained(response);
    },
    takeOverflow() {
      const was = overflowed;
      overflowed = false;
      return was;
    },
    goLive(replayed) {
      queue = queue.filter((event) => !replayed.has(event.id));
      live = true;
      flush();
    },
    get closed() {
      return closed;
    },
    whenClosed(callback) {
      if (closed || response.destroyed) callback();
      else response.once("close", callback);
    },
    end() {
      response.end();
    },
  };
}

/** Resolves when the client reads on, or is gone. */
async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  await new Promise<void>((resolve) => {
    function done(): void {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    }
    response.on("drain", done);
    response.on("close", done);
  });
}
