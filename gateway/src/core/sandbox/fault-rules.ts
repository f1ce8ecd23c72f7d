// The sandbox's fault rules as a person writes them: one document per account. This is their only definition; the
// native API validates with it and documents itself from it. Unknown keys are refused, so that a typing error never
// passes for a rule that does nothing.

import { z } from "zod";
import { isStorable } from "../storable-text.ts";

const errorCode = z.int().min(10000).max(99999);
const delayMs = z.int().min(0).max(600_000);

const faultEffectSchema = z.discriminatedUnion("type", [
  z
    .strictObject({ type: z.literal("latency"), ms: delayMs, jitterMs: delayMs.default(0) })
    .describe("The sandbox answers after `ms`, give or take `jitterMs`."),
  z
    .strictObject({ type: z.literal("rate-limit"), retryAfterSeconds: z.int().min(0).max(3600).optional() })
    .describe("429: nothing was taken, come later."),
  z
    .strictObject({ type: z.literal("server-error"), status: z.literal([500, 502, 503, 504]).default(500) })
    .describe("503 says that nothing was taken (retry); 500, 502 and 504 leave the outcome unknown. Nothing is taken."),
  z
    .strictObject({
      type: z.literal("connection-reset"),
      when: z.enum(["before-send", "after-send"]).default("before-send"),
    })
    .describe("before-send: nothing was written (retry); after-send: the outcome is unknown. Nothing is taken."),
  z
    .strictObject({ type: z.literal("lost-acknowledgement") })
    .describe("The sandbox takes the message, but its answer never arrives: the outcome is unknown."),
  z
    .strictObject({ type: z.literal("failed-recipient"), errorCode: errorCode.default(21614) })
    .describe("The recipient is refused at the hand-over: final."),
  z
    .strictObject({ type: z.literal("undelivered"), errorCode: errorCode.default(30003) })
    .describe("Taken, then reported as undelivered."),
  z.strictObject({ type: z.literal("no-report") }).describe("Taken and delivered, but no report ever comes."),
  z.strictObject({ type: z.literal("late-report"), ms: delayMs }).describe("Reports come `ms` later than usual."),
  z
    .strictObject({ type: z.literal("duplicate-report"), count: z.int().min(2).max(100).default(2) })
    .describe("Each report comes `count` times."),
  z
    .strictObject({ type: z.literal("reordered-report") })
    .describe("The final report comes first and one of `sent` after it."),
]);
export type FaultEffect = z.output<typeof faultEffectSchema>;

const addressPattern = (text: RegExp, hint: string) => z.string().max(40).regex(text, hint).refine(isStorable, hint);

const faultMatchSchema = z.strictObject({
  to: addressPattern(/^(\*|\+?\d{1,15}\*?)$/, "must be a number, the start of one with a final *, or *")
    .default("*")
    .describe("A number, `+1202*` for all that begin so, or `*`."),
  from: addressPattern(/^[^*]*\*?$/, "must be a sender, the start of one with a final *, or *")
    .min(1)
    .default("*")
    .describe("A sender, the start of one with a final `*`, or `*`."),
  probability: z.number().min(0).max(1).default(1).describe("The share of hand-overs, picked by the seed."),
  every: z.int().min(1).optional().describe("Only each Nth of those; counted per gateway process."),
  times: z.int().min(1).optional().describe("Only the first N of those; counted per gateway process."),
});

const faultRuleSchema = z.strictObject({
  match: faultMatchSchema.prefault({}),
  effect: faultEffectSchema,
});
export type FaultRule = z.output<typeof faultRuleSchema>;

export const faultDocumentSchema = z.strictObject({
  seed: z.int().min(0).max(0xffff_ffff).default(0).describe("Same seed, rules and messages: same faults."),
  seedBy: z
    .enum(["content", "message"])
    .default("content")
    .describe(
      "What the seed is mixed with: `content` (to, from, body) makes a later run the same; `message` (the SID) lets equal texts to one number differ.",
    ),
  rules: z.array(faultRuleSchema).max(100),
});
export type FaultDocument = z.output<typeof faultDocumentSchema>;

/** What an account has until somebody writes rules. */
export const noFaults: FaultDocument = { seed: 0, seedBy: "content", rules: [] };
