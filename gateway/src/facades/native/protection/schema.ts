// What the native protection endpoints take and give.

import { z } from "zod";
import { protectionRuleNames } from "../../../core/protection/decision.ts";
import { protectionModes, protectionRulesSchema } from "../../../core/protection/settings.ts";
import { accountQuery, limit, messageSid, serviceSid, text, uuid } from "../schema.ts";

const mode = z.enum(protectionModes);

export const settingsBody = protectionRulesSchema
  .extend({
    mode: mode
      .nullable()
      .describe(
        "off; record: decisions are stored and every message goes; deny: decisions hold. " +
          "Null: record for what goes to real providers, off for the sandbox.",
      ),
  })
  .describe("All of the settings: what is left out has its default.");

export const settingsReply = settingsBody
  .extend({
    inForce: z.object({ providers: mode, sandbox: mode }).describe("The modes that `mode` amounts to."),
  })
  .meta({ id: "Protection" });

const rule = z.enum(protectionRuleNames);

export const decisionsQuery = z.strictObject({
  ...accountQuery,
  message: messageSid.optional().describe("Only decisions about this message."),
  rule: rule.optional(),
  since: z.iso.datetime({ offset: true }).optional().describe("Only decisions from then on: 2026-01-31T12:00:00Z."),
  before: uuid.optional().describe("Only decisions older than this one: `next` of the page before."),
  limit,
});

const decided = {
  rule,
  action: z.enum(["denied", "recorded", "held"]).describe("recorded: the message went on all the same."),
  mode,
  errorCode: z.number().int().nullable().describe("What a denied message fails with."),
  heldUntil: z.string().nullable(),
  explanation: z.string().describe("One line for people."),
  numbers: z.record(z.string(), z.union([z.number(), z.string(), z.null()])).describe("What the line is made of."),
};

const decision = z
  .object({ id: z.string(), messageSid: z.string(), at: z.string(), ...decided })
  .meta({ id: "ProtectionDecision" });

export const decisionsReply = z.object({
  decisions: z.array(decision).describe("Newest first."),
  next: z.string().nullable().describe("`before` of the next page; null on the last."),
});

export const explainBody = z.strictObject({
  ...accountQuery,
  to: text.min(1).max(300),
  from: text.max(64).optional(),
  messagingServiceSid: serviceSid.optional(),
  body: text.max(1600),
  messageIntent: text.max(128).optional(),
  riskCheck: z.enum(["enable", "disable"]).optional(),
});

const counter = z.object({
  scope: z.enum(["account", "country", "prefix", "recipient"]),
  key: z.string(),
  inMinute: z.number().int(),
  inTenMinutes: z.number().int(),
  inHour: z.number().int(),
  usual: z.number().describe("Its busiest ten minutes (prefix) or hour (others) of the last days, fading."),
});

export const explainReply = z
  .object({
    mode,
    verdict: z.enum(["pass", "denied", "recorded", "held"]),
    decisions: z.array(z.object(decided)).describe("Empty: it passes. The first one counts."),
    exemptions: z.array(z.enum(["protection-off", "safe-list", "risk-check-disabled", "urgent"])),
    counters: z.array(counter).describe("With this message."),
  })
  .meta({ id: "ProtectionExplanation" });
