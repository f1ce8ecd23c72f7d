// What the API key endpoints take and give. A secret is given once, to whoever makes the key.

import { z } from "zod";
import { accountSid, lastUsedAt, limit, text } from "../schema.ts";

const keySid = z.string().regex(/^SK[0-9a-fA-F]{32}$/, "must be an API key SID: SK and 32 hex digits");

export const keysParams = z.strictObject({ sid: accountSid });
export const keyParams = z.strictObject({ sid: accountSid, key: keySid });
export const keysQuery = z.strictObject({ after: keySid.optional().describe("`next` of the page before."), limit });

const friendlyName = text.min(1).max(64);
const policy = z
  .strictObject({ allow: z.array(z.string().max(200)).min(1).max(100) })
  .describe("Permissions such as `/twilio/messaging/messages/create`; `*` as the verb: all of them.");

export const newKey = z
  .strictObject({
    friendlyName: friendlyName.nullable().default(null),
    type: z
      .enum(["standard", "restricted"])
      .default("standard")
      .describe("`standard`: everything but accounts and keys; `restricted`: of that, what the policy lists."),
    policy: policy.optional(),
  })
  .refine(({ type, policy: given }) => (type === "restricted") === (given !== undefined), {
    path: ["policy"],
    message: "a restricted key needs one, and a standard key has none",
  });

export const keyChanges = z
  .strictObject({ friendlyName: friendlyName.optional(), policy: policy.optional() })
  .refine((changes) => Object.keys(changes).length > 0, "must change something");

const fields = {
  sid: z.string(),
  friendlyName: z.string().nullable(),
  type: z.enum(["standard", "restricted"]),
  policy: z.object({ allow: z.array(z.string()) }).nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
  lastUsedAt,
};

export const key = z.object(fields).meta({ id: "ApiKey" });

export const madeKey = z
  .object({ ...fields, secret: z.string().describe("Basic with the SID as the user. Shown this once.") })
  .meta({ id: "MadeApiKey" });

export const keysReply = z.object({
  apiKeys: z.array(key).describe("Newest first."),
  next: z.string().nullable().describe("`after` of the next page; null on the last."),
});
