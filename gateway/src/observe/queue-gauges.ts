// Gauges of what stands in the database: queue depth and age, callback backlog, whether the database answers.
// Read when scraped: at most once in five seconds, one query at a time, and never waiting for an outage.

import { Gauge, type Registry } from "prom-client";

export interface QueueSample {
  /** Messages with work left; exact up to the cap, an estimate above it. */
  readonly messages: number;
  /** How long the oldest due message has been waiting past its time; 0 when none is due. */
  readonly oldestDueSeconds: number;
  readonly callbacks: number;
  readonly oldestDueCallbackSeconds: number;
}

export interface QueueSource {
  databaseUp(): boolean;
  sample(): Promise<QueueSample>;
}

const cacheMs = 5_000;
const timeoutMs = 1_000;

export function createQueueGauges(registers: Registry[]) {
  let source: QueueSource | undefined;
  let current: QueueSample | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  async function read(from: QueueSource): Promise<void> {
    try {
      current = await from.sample();
      readAtMs = performance.now();
    } catch {
      // the outage shows as trunkline_database_up 0; old numbers would be a lie
      current = undefined;
    } finally {
      reading = undefined;
    }
  }

  async function refreshed(): Promise<QueueSample | undefined> {
    if (source === undefined || !source.databaseUp()) return undefined;
    if (performance.now() - readAtMs > cacheMs) {
      reading ??= read(source);
      await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, timeoutMs).unref())]);
    }
    return current;
  }

  function gauge(name: string, help: string, pick: (sample: QueueSample) => number): void {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const sample = await refreshed();
        if (sample === undefined) this.remove();
        else this.set(pick(sample));
      },
    });
  }

  new Gauge({
    name: "trunkline_database_up",
    help: "1 while the database answers the health probe, else 0.",
    registers,
    collect() {
      this.set(source?.databaseUp() === true ? 1 : 0);
    },
  });
  gauge(
    "trunkline_queue_messages",
    "Messages with work left (due, paced, scheduled or in hand). Exact up to 10000; above that an estimate from the size of the queue's index.",
    (sample) => sample.messages,
  );
  gauge(
    "trunkline_queue_oldest_due_seconds",
    "How long the oldest due message has waited past the time at which it should have been taken. 0 when none is due.",
    (sample) => sample.oldestDueSeconds,
  );
  gauge(
    "trunkline_callback_backlog",
    "Callbacks still to be delivered. Exact up to 10000; above that an estimate from the size of their index.",
    (sample) => sample.callbacks,
  );
  gauge(
    "trunkline_callback_oldest_due_seconds",
    "How long the oldest due callback has waited past its time. 0 when none is due.",
    (sample) => sample.oldestDueCallbackSeconds,
  );

  return {
    collectFrom(next: QueueSource): void {
      source = next;
    },
  };
}
