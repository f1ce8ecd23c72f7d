// What the page behind an invitation's link sends and is told.

import { z } from "zod";
import { role, text } from "../schema.ts";
import { isPlain, plainOnly } from "../users/schema.ts";

const token = text.min(1).max(100);

export const openBody = z.strictObject({ token });

export const acceptBody = z.strictObject({
  token,
  name: text
    .max(100)
    .transform((value) => value.trim())
    .refine(isPlain, plainOnly)
    .default("")
    .describe("What others see. Whoever has a name at this gateway keeps it."),
  password: text.max(1024).describe("At least 10 characters; or the one that the person has at this gateway."),
});

export const invitationReply = z
  .object({
    purpose: z
      .enum(["access", "administrator", "password"])
      .describe("A role in an account; every account; or a new password for somebody who is known."),
    email: z.string(),
    accountName: z.string().nullable().describe("Null: it is about no one account."),
    role: role.nullable(),
    expiresAt: z.string(),
  })
  .meta({ id: "Invitation" });
