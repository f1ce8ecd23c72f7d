// The figures of the dashboard's overview: from the rows of messages and attempts, so that they are true in every process
// and after every restart. Buckets that were only sampled are scaled up, and say so.

import { LRUCache } from "lru-cache";
import { type AccountSid, type Uuid, uuidTimeMs } from "../core/ids.ts";
import type { MessageStatus } from "../core/messages/message.ts";
import type { Queryable } from "../store/database.ts";
import {
  type AccountQueue,
  type BucketBounds,
  countAttempts,
  countMessages,
  measureLatency,
  measureProviders,
  readAccountQueue,
  sampleMax,
} from "../store/statistics.ts";

export const statisticsRanges = { "15m": 30, "1h": 60, "6h": 360, "24h": 1_800, "7d": 10_800, "30d": 43_200 } as const;
export type StatisticsRange = keyof typeof statisticsRanges;
const bucketCounts: Readonly<Record<StatisticsRange, number>> = {
  ...{ "15m": 30, "1h": 60, "6h": 60, "24h": 48, "7d": 56, "30d": 60 },
};

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
}

type Counts = Partial<Record<MessageStatus, number>>;

export interface StatisticsBucket extends BucketBounds {
  readonly inbound: number;
  /** Outbound messages made in this time, by what they are now. */
  readonly outbound: Counts;
  readonly latency: Percentiles | null;
  readonly estimated: boolean;
}

export interface Statistics {
  readonly buckets: readonly StatisticsBucket[];
  readonly latency: Percentiles | null;
  readonly failures: readonly { readonly errorCode: number | null; readonly count: number }[];
  readonly providers: readonly ProviderStatistics[];
  readonly queue: AccountQueue;
}

export interface ProviderStatistics {
  readonly providerId: Uuid;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly latency: Percentiles | null;
}

export interface StatisticsDeps {
  readonly db: Queryable;
  readonly clock: { nowMs(): number };
}

/** Rejects like the database. */
export type ReadStatistics = (accountSid: AccountSid, range: StatisticsRange) => Promise<Statistics>;

/** Many may look at one busy account: what was read is good for a moment, and who asks meanwhile waits for the same. */
const memory = { max: 200, ttl: 2_000 };

export function createStatistics(deps: StatisticsDeps): ReadStatistics {
  const recent = new LRUCache<string, Promise<Statistics>>(memory);
  return (accountSid, range) => {
    const key = `${accountSid} ${range}`;
    const known = recent.get(key);
    if (known !== undefined) return known;
    const reading = readStatistics(deps, accountSid, range);
    recent.set(key, reading);
    reading.catch(() => recent.delete(key));
    return reading;
  };
}

async function readStatistics(
  { db, clock }: StatisticsDeps,
  accountSid: AccountSid,
  range: StatisticsRange,
): Promise<Statistics> {
  const nowMs = clock.nowMs();
  const bounds = bucketsUntil(nowMs, range);
  const messages = await countMessages(db, accountSid, bounds);
  const latencies = await measureLatency(db, accountSid, bounds);
  const attempts = await countAttempts(db, accountSid, bounds);
  const providers = await measureProviders(db, accountSid, bounds);
  const queue = await readAccountQueue(db, accountSid, new Date(nowMs));
  const factors = factorsOf(messages, bounds, nowMs);
  const attemptFactors = factorsOf(attempts, bounds, nowMs);
  const failures = new Map<number | null, number>();
  for (const { bucket, status, errorCode, count } of messages) {
    if (status === "failed" || status === "undelivered") addTo(failures, errorCode, count * (factors[bucket] ?? 1));
  }
  return {
    buckets: bounds.map((bound, bucket) => {
      const factor = factors[bucket] ?? 1;
      const own = messages.filter((row) => row.bucket === bucket);
      const estimated = factor !== 1 || (attemptFactors[bucket] ?? 1) !== 1;
      return { ...bound, ...countsOf(own, factor), latency: latencyOf(latencies, bucket), estimated };
    }),
    latency: latencyOf(latencies, null),
    failures: [...failures]
      .map(([errorCode, count]) => ({ errorCode, count: Math.round(count) }))
      .sort((one, other) => other.count - one.count)
      .slice(0, 20),
    providers: providersOf(attempts, attemptFactors, providers),
    queue,
  };
}

/** Whole multiples of the bucket's width; the last one is under way. */
function bucketsUntil(nowMs: number, range: StatisticsRange): BucketBounds[] {
  const widthMs = statisticsRanges[range] * 1000;
  const count = bucketCounts[range];
  const endMs = (Math.floor(nowMs / widthMs) + 1) * widthMs;
  return Array.from({ length: count }, (_none, index) => {
    const fromMs = endMs - (count - index) * widthMs;
    return { fromMs, untilMs: fromMs + widthMs };
  });
}

/** By how much each bucket's counts are too small: 1 unless its sample is full. */
function factorsOf(
  rows: readonly { readonly bucket: number; readonly count: number; readonly lastId: Uuid }[],
  bounds: readonly BucketBounds[],
  nowMs: number,
): number[] {
  return bounds.map(({ fromMs, untilMs }, bucket) => {
    const own = rows.filter((row) => row.bucket === bucket);
    const sampled = own.reduce((sum, { count }) => sum + count, 0);
    if (sampled < sampleMax) return 1;
    const lastMs = Math.max(...own.map(({ lastId }) => uuidTimeMs(lastId)));
    return Math.max(1, (Math.min(untilMs, nowMs) - fromMs) / Math.max(1, lastMs - fromMs));
  });
}

function countsOf(
  rows: readonly { readonly inbound: boolean; readonly status: MessageStatus; readonly count: number }[],
  factor: number,
): { inbound: number; outbound: Counts } {
  const outbound: Counts = {};
  let inbound = 0;
  for (const row of rows) {
    if (row.inbound) inbound += row.count;
    else outbound[row.status] = (outbound[row.status] ?? 0) + row.count;
  }
  const scaled = Object.entries(outbound).map(([status, count]) => [status, Math.round(count * factor)]);
  return { inbound: Math.round(inbound * factor), outbound: Object.fromEntries(scaled) as Counts };
}

function latencyOf(
  measured: readonly (Percentiles & { readonly bucket: number | null })[],
  bucket: number | null,
): Percentiles | null {
  const found = measured.find((one) => one.bucket === bucket);
  return found === undefined ? null : { p50: Math.max(0, found.p50), p95: Math.max(0, found.p95) };
}

function providersOf(
  attempts: Awaited<ReturnType<typeof countAttempts>>,
  factors: readonly number[],
  measured: Awaited<ReturnType<typeof measureProviders>>,
): ProviderStatistics[] {
  const ids = [...new Set(attempts.map(({ providerId }) => providerId))];
  return ids.map((providerId) => {
    const outcomes = new Map<string, number>();
    for (const attempt of attempts) {
      if (attempt.providerId !== providerId) continue;
      addTo(outcomes, attempt.outcome ?? "open", attempt.count * (factors[attempt.bucket] ?? 1));
    }
    const times = measured.find((one) => one.providerId === providerId);
    return {
      providerId,
      outcomes: Object.fromEntries([...outcomes].map(([outcome, count]) => [outcome, Math.round(count)])),
      latency: times === undefined ? null : { p50: Math.max(0, times.p50), p95: Math.max(0, times.p95) },
    };
  });
}

function addTo<Key>(counts: Map<Key, number>, key: Key, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
