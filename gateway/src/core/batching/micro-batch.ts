// Micro-batching: calls that come together share one piece of work. An idle batcher starts at the end of the current
// turn of the event loop (no added wait); a busy one lets items gather while its few flushes are under way, so the
// batch grows with the load by itself. Never drops an item: each add() settles.

import { toError } from "../errors.ts";

export interface MicroBatchOptions<Item, Result> {
  /** Does the work of one batch; resolves to one result per item, in order. A rejection rejects every item. */
  readonly flush: (items: Item[]) => Promise<Result[]>;
  /** Items of one flush at the most. */
  readonly maxItems: number;
  /** Flushes under way at the most. */
  readonly maxInFlight: number;
}

export interface MicroBatch<Item, Result> {
  add(item: Item): Promise<Result>;
  /** Resolves when everything added so far has settled. */
  drained(): Promise<void>;
}

interface Entry<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

export function createMicroBatch<Item, Result>(options: MicroBatchOptions<Item, Result>): MicroBatch<Item, Result> {
  const { flush, maxItems, maxInFlight } = options;
  let queue: Entry<Item, Result>[] = [];
  let inFlight = 0;
  let scheduled = false;
  let idleWaiters: (() => void)[] = [];

  function schedule(): void {
    if (scheduled || inFlight >= maxInFlight || queue.length === 0) return;
    scheduled = true;
    setImmediate(start);
  }

  function start(): void {
    scheduled = false;
    if (queue.length === 0) return;
    const batch = queue.length <= maxItems ? queue : queue.slice(0, maxItems);
    queue = queue.length <= maxItems ? [] : queue.slice(maxItems);
    inFlight += 1;
    void settle(batch);
    schedule();
  }

  async function settle(batch: Entry<Item, Result>[]): Promise<void> {
    try {
      const results = await flush(batch.map((entry) => entry.item));
      if (results.length !== batch.length) throw new Error("a flush must resolve to one result per item");
      // The lengths agree, so every index has its result.
      for (const [index, entry] of batch.entries()) entry.resolve(results[index] as Result);
    } catch (error) {
      for (const entry of batch) entry.reject(toError(error));
    }
    inFlight -= 1;
    schedule();
    if (inFlight === 0 && queue.length === 0) {
      for (const resolve of idleWaiters) resolve();
      idleWaiters = [];
    }
  }

  return {
    add(item) {
      return new Promise<Result>((resolve, reject) => {
        queue.push({ item, resolve, reject });
        schedule();
      });
    },
    drained() {
      if (inFlight === 0 && queue.length === 0) return Promise.resolve();
      return new Promise((resolve) => idleWaiters.push(resolve));
    },
  };
}
