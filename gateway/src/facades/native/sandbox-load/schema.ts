// What the load generator takes and gives.

import { z } from "zod";
import { accountQuery } from "../schema.ts";

export const loadBody = z.strictObject({
  ...accountQuery,
  messages: z.number().int().min(1).max(500),
  handsets: z.number().int().min(1).max(100).default(20).describe("To so many handsets, one after the other."),
});

export const loadReply = z.object({
  accepted: z.number().int(),
  refused: z.number().int(),
  reason: z.string().nullable().describe("Why the first of the refused ones was."),
});
