// The gateway's metrics: one registry per process, and typed handles for what the parts count. Counting is on the
// hot path: handles take counts of whole batches. Numbers that live in the database are read when scraped, through
// `collectFrom`, briefly cached and bounded: a scrape must never count a table or wait for a database that is away.

import { Counter, Histogram, Registry } from "prom-client";
import type { ProviderKind } from "../carriers/carrier.ts";
import type { MessageDirection } from "../core/messages/message.ts";
import { createProcessGauges } from "./process-gauges.ts";
import { createQueueGauges, type QueueSource } from "./queue-gauges.ts";

export type BatchKind = "insert" | "claim" | "outcome" | "report";

export interface Metrics {
  readonly registry: Registry;
  /** Messages stored. */
  countAccepted(direction: MessageDirection, count?: number): void;
  /** Messages that reached a status; `errorCode` matters for `undelivered` and `failed`. */
  countReached(
    status: "sent" | "delivered" | "undelivered" | "failed" | "canceled",
    errorCode?: number | null,
    count?: number,
  ): void;
  /** Hand-overs finished. `outcome` as in HandoverOutcome, plus `adopted` and `lost`. */
  countAttempt(kind: ProviderKind, outcome: string, count?: number): void;
  /** One database batch: how many rows, how long it took. */
  observeBatch(kind: BatchKind, size: number, seconds: number): void;
  /** Callback requests: `delivered`, `retry` (will be tried again) or `failed` (given up). */
  countCallback(result: "delivered" | "retry" | "failed", count?: number): void;
  /** Answered HTTP requests, by route pattern (never by URL). */
  countRequest(method: string, route: string, status: number): void;
  /** Where the numbers of the queue and the database come from, once both exist. */
  collectFrom(source: QueueSource): void;
  /** Stops the process gauges. */
  close(): void;
}

const batchSeconds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const batchSizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const accepted = new Counter({
    name: "trunkline_messages_accepted_total",
    help: "Messages stored, outbound and inbound.",
    labelNames: ["direction"] as const,
    registers,
  });
  const reached = createStatusCounters(registers);
  const attempts = new Counter({
    name: "trunkline_attempts_total",
    help: "Finished hand-overs to providers, by kind of provider and outcome.",
    labelNames: ["kind", "outcome"] as const,
    registers,
  });
  const callbacks = new Counter({
    name: "trunkline_callback_requests_total",
    help: "Callback requests: delivered, retry (to be tried again) or failed (given up).",
    labelNames: ["result"] as const,
    registers,
  });
  const batchDuration = new Histogram({
    name: "trunkline_batch_duration_seconds",
    help: "Duration of one database batch of the message path.",
    labelNames: ["kind"] as const,
    buckets: batchSeconds,
    registers,
  });
  const batchSize = new Histogram({
    name: "trunkline_batch_rows",
    help: "Rows in one database batch of the message path.",
    labelNames: ["kind"] as const,
    buckets: batchSizes,
    registers,
  });
  const requests = createRequestCounter(registers);
  const queue = createQueueGauges(registers);
  const processGauges = createProcessGauges(registers);

  return {
    registry,
    countAccepted: (direction, count = 1) => accepted.inc({ direction }, count),
    countReached: (status, errorCode, count = 1) => reached(status, errorCode ?? null, count),
    countAttempt: (kind, outcome, count = 1) => attempts.inc({ kind, outcome }, count),
    observeBatch(kind, size, seconds) {
      batchDuration.observe({ kind }, seconds);
      batchSize.observe({ kind }, size);
    },
    countCallback: (result, count = 1) => callbacks.inc({ result }, count),
    countRequest: requests,
    collectFrom: queue.collectFrom,
    close: () => processGauges.close(),
  };
}

type ReachedStatus = Parameters<Metrics["countReached"]>[0];

function createStatusCounters(registers: Registry[]) {
  const plain = (status: string) =>
    new Counter({ name: `trunkline_messages_${status}_total`, help: `Messages that became ${status}.`, registers });
  const byCode = (status: string) =>
    new Counter({
      name: `trunkline_messages_${status}_total`,
      help: `Messages that became ${status}, by error code.`,
      labelNames: ["code"] as const,
      registers,
    });
  const sent = plain("sent");
  const delivered = plain("delivered");
  const canceled = plain("canceled");
  const undelivered = byCode("undelivered");
  const failed = byCode("failed");
  const count: Readonly<Record<ReachedStatus, (code: string, count: number) => void>> = {
    sent: (_code, n) => sent.inc(n),
    delivered: (_code, n) => delivered.inc(n),
    canceled: (_code, n) => canceled.inc(n),
    undelivered: (code, n) => undelivered.inc({ code }, n),
    failed: (code, n) => failed.inc({ code }, n),
  };
  return (status: ReachedStatus, errorCode: number | null, n: number) =>
    count[status](errorCode === null ? "none" : String(errorCode), n);
}

/**
 * HTTP requests, counted in plain maps (20 ns instead of 500 ns for a labelled `inc`) and handed to prom-client
 * when scraped.
 */
function createRequestCounter(registers: Registry[]): Metrics["countRequest"] {
  const counts = new Map<string, Map<number, number>>();
  new Counter({
    name: "trunkline_http_requests_total",
    help: "Answered HTTP requests, by method, route pattern and status.",
    labelNames: ["method", "route", "status"] as const,
    registers,
    collect() {
      this.reset();
      for (const [key, byStatus] of counts) {
        const space = key.indexOf(" ");
        const labels = { method: key.slice(0, space), route: key.slice(space + 1) };
        for (const [status, count] of byStatus) this.inc({ ...labels, status }, count);
      }
    },
  });
  return (method, route, status) => {
    const key = `${method} ${route}`;
    const byStatus = counts.get(key) ?? new Map<number, number>();
    if (byStatus.size === 0) counts.set(key, byStatus);
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  };
}
