// What pointing an upstream's numbers at this gateway takes and gives.

import { z } from "zod";
import { accountQuery, text } from "../schema.ts";

export const providerParams = z.strictObject({ id: text.min(1).max(64).describe("The provider's UUID or number.") });
export const providerQuery = z.strictObject(accountQuery);

export const pointBody = z
  .strictObject({
    numbers: z
      .array(z.string().regex(/^\+[0-9]{7,15}$/, "must be a phone number in E.164"))
      .min(1)
      .max(100)
      .refine((numbers) => new Set(numbers).size === numbers.length, "must not name a number twice")
      .optional()
      .describe("Default: the account's numbers that go out through this provider."),
  })
  .nullish();

export const pointReply = z
  .object({
    url: z.string().describe("What the numbers call at the upstream from now on. It is secret: it holds a key."),
    numbers: z.array(
      z.object({
        number: z.string(),
        outcome: z.enum(["pointed", "unknown", "failed"]).describe("unknown: the upstream has no such number."),
        reason: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: "PointedNumbers" });
