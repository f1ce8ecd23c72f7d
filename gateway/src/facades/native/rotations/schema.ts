// What the native rotation endpoints take and give. A new token of the account's own comes out once, when it is made.

import { z } from "zod";
import { rotationSteps } from "../../../core/rotation/rotation.ts";
import { accountQuery, accountSid, uuid } from "../schema.ts";

export const providerParams = z.strictObject({ id: z.string().max(64) });
export const accountParams = z.strictObject({ sid: accountSid });
export const rotationParams = z.strictObject({ id: uuid });
export const query = z.strictObject(accountQuery);

const step = z.object({
  step: z.enum(Object.values(rotationSteps)),
  state: z.enum(["pending", "running", "done", "failed"]),
  at: z.string().nullable().describe("When it was last tried."),
  tries: z.number().int(),
  detail: z.string().nullable(),
});

export const rotation = z
  .object({
    id: z.string(),
    accountSid: z.string(),
    providerId: z.string().nullable().describe("Null: the account's own auth token."),
    kind: z.enum(["auth-token", "api-key", "own-auth-token"]),
    state: z
      .enum(["running", "rolling-back", "done", "rolled-back", "failed"])
      .describe("rolled-back: nothing has changed. failed: see the reason; a person has to look."),
    step: z.string().nullable().describe("What is done next; null: nothing any more."),
    steps: z.array(step),
    reason: z.string().nullable().describe("Why it was rolled back, or failed."),
    startedBy: z.string(),
    nextAt: z.string().nullable().describe("When the next step is due."),
    createdAt: z.string(),
    finishedAt: z.string().nullable(),
  })
  .meta({ id: "Rotation" });

export const rotationsReply = z.object({ rotations: z.array(rotation).describe("The newest first, up to 50.") });

const week = 7 * 86_400;

export const ownBody = z.strictObject({
  overlapSeconds: z
    .number()
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(week)
    .describe("How long both tokens authenticate before the new one takes the place of the old. Default: a week."),
});

export const ownReply = z.object({
  rotation,
  authToken: z.string().describe("The new token. It is not shown again."),
});
