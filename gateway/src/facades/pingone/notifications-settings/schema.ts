// What comes in for an environment's notification settings. What is absent stays as it is.

import { z } from "zod";
import { text } from "../body.ts";

const mailbox = z.object({ name: text.max(256).optional(), address: text.min(3).max(320) });

export const settingsBody = z.object({
  deliveryMode: z.enum(["ALL", "WHITELIST"]).optional(),
  smsProvidersFallbackChain: z.array(text.max(64)).max(50).optional(),
  emailProviderFallbackChain: z
    .array(z.enum(["PINGONE_EMAIL"]))
    .max(1)
    .optional(),
  from: mailbox.optional(),
  replyTo: mailbox.optional(),
  whitelist: z
    .array(z.object({ user: z.object({ id: text.min(1).max(64) }) }))
    .max(50)
    .optional(),
  restrictions: z.object({ smsVoiceQuota: z.object({ daily: z.int().min(0).max(50) }).optional() }).optional(),
  defaultLanguage: text.min(1).max(35).optional(),
});
