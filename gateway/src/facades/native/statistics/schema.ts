// What the native statistics endpoint takes and gives.

import { z } from "zod";
import { messageStatuses } from "../../../core/messages/message.ts";
import { type StatisticsRange, statisticsRanges } from "../../../services/statistics.ts";
import { accountQuery } from "../schema.ts";

export const statisticsQuery = z.strictObject({
  ...accountQuery,
  range: z.enum(Object.keys(statisticsRanges) as [StatisticsRange, ...StatisticsRange[]]).default("1h"),
});

const percentiles = z.object({ p50: z.number(), p95: z.number() }).nullable();

export const statisticsReply = z
  .object({
    bucketSeconds: z.number().int(),
    buckets: z
      .array(
        z.object({
          at: z.string().describe("When it begins."),
          inbound: z.number().int(),
          outbound: z
            .partialRecord(z.enum(messageStatuses), z.number().int())
            .describe("Messages made in this time, by what they are now."),
          latencyMs: percentiles,
          estimated: z.boolean().describe("Scaled up from the bucket's first 2000 messages, or hand-overs."),
        }),
      )
      .describe("Oldest first; the last one is under way."),
    totals: z.object({
      inbound: z.number().int(),
      outbound: z.partialRecord(z.enum(messageStatuses), z.number().int()),
    }),
    latencyMs: percentiles.describe("From acceptance to hand-over; the wait of scheduled messages is in it."),
    failures: z
      .array(
        z.object({ errorCode: z.number().int().nullable(), title: z.string().nullable(), count: z.number().int() }),
      )
      .describe("What failed and undelivered messages failed with, the most frequent first, up to 20."),
    providers: z.array(
      z.object({
        providerId: z.string(),
        outcomes: z.record(z.string(), z.number().int()).describe("Hand-overs by outcome; `open`: under way."),
        latencyMs: percentiles.describe("How long a hand-over takes."),
      }),
    ),
    queue: z.object({
      messages: z.number().int(),
      more: z.boolean().describe("There may be more: the queue's oldest 10,000 entries were looked at."),
      oldestDueSeconds: z.number(),
    }),
  })
  .meta({ id: "Statistics" });
