// What the native keywords endpoints take and give.

import { z } from "zod";
import { languages } from "../../../core/keywords/languages.ts";
import { accountSid, serviceSid, text } from "../schema.ts";

export const accountParams = z.strictObject({ sid: accountSid });
export const serviceParams = z.strictObject({ sid: accountSid, serviceSid });
export const senderParams = z.strictObject({
  sid: accountSid,
  address: text.min(1).max(64).describe("E.164 (with or without the +), a short code."),
});

const rule = z
  .strictObject({
    words: z
      .array(z.string().max(200))
      .max(200)
      .nullable()
      .optional()
      .describe("Words beside the known ones: one word each, at most 40 characters, in any case."),
    replacesDefaults: z.boolean().nullable().optional().describe("Instead of the known words; short codes only."),
    reply: z.string().max(2000).nullable().optional().describe("At most 320 characters; empty: no reply."),
  })
  .nullable()
  .optional();

export const keywordsBody = z.strictObject({
  languages: z
    .array(z.enum(languages))
    .min(1)
    .refine((list) => new Set(list).size === list.length, "must not name a language twice")
    .nullable()
    .optional()
    .describe("Whose words are known, beside the English ones; replies are in the first, or in that of the word."),
  stop: rule,
  start: rule,
  help: rule,
});

const from = z.enum(["sender", "service", "account", "default"]);
const ownRule = z.object({
  words: z.array(z.string()).nullable(),
  replacesDefaults: z.boolean().nullable(),
  reply: z.string().nullable(),
});
const effectiveRule = z.object({
  words: z.array(z.string()).describe("Every word that counts."),
  ownWordsFrom: from.describe("Where the words beside the known ones are from."),
  reply: z.string().nullable().describe("The reply to the first of the words; null: none."),
  replyFrom: from,
});

export const keywordsReply = z
  .object({
    scope: z.enum(["sender", "service", "account"]),
    own: z
      .object({ languages: z.array(z.enum(languages)).nullable(), stop: ownRule, start: ownRule, help: ownRule })
      .describe("What is said here; null: as the next wider one says (sender, service, account, default)."),
    effective: z
      .object({
        languages: z.array(z.enum(languages)),
        languagesFrom: from,
        stop: effectiveRule,
        start: effectiveRule,
        help: effectiveRule,
      })
      .describe(
        "What holds in the end, and where each thing is from. Toll-free numbers have the network's own replies.",
      ),
  })
  .meta({ id: "Keywords" });
