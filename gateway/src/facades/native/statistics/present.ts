// Statistics as the native API shows them.

import type { z } from "zod";
import { errorTitle } from "../../../core/messages/error-titles.ts";
import type { MessageStatus } from "../../../core/messages/message.ts";
import {
  type Percentiles,
  type Statistics,
  type StatisticsRange,
  statisticsRanges,
} from "../../../services/statistics.ts";
import type { statisticsReply } from "./schema.ts";

export function presentStatistics(statistics: Statistics, range: StatisticsRange): z.output<typeof statisticsReply> {
  const { buckets, latency, failures, providers, queue } = statistics;
  const outbound: Partial<Record<MessageStatus, number>> = {};
  for (const [status, count] of buckets.flatMap((one) => Object.entries(one.outbound) as [MessageStatus, number][])) {
    outbound[status] = (outbound[status] ?? 0) + count;
  }
  return {
    bucketSeconds: statisticsRanges[range],
    buckets: buckets.map((bucket) => ({
      at: new Date(bucket.fromMs).toISOString(),
      inbound: bucket.inbound,
      outbound: bucket.outbound,
      latencyMs: rounded(bucket.latency),
      estimated: bucket.estimated,
    })),
    totals: { inbound: buckets.reduce((sum, one) => sum + one.inbound, 0), outbound },
    latencyMs: rounded(latency),
    failures: failures.map((failure) => ({ ...failure, title: errorTitle(failure.errorCode) })),
    providers: providers.map(({ providerId, outcomes, latency: taken }) => ({
      ...{ providerId, outcomes: { ...outcomes } },
      latencyMs: rounded(taken),
    })),
    queue: { ...queue, oldestDueSeconds: Math.round(queue.oldestDueSeconds * 10) / 10 },
  };
}

function rounded(latency: Percentiles | null): Percentiles | null {
  return latency && { p50: Math.round(latency.p50 * 10) / 10, p95: Math.round(latency.p95 * 10) / 10 };
}
