// What the list of all keys takes and gives.

import { z } from "zod";
import { listedKinds } from "../../../store/key-list.ts";
import { accountSid, endsAt, lastUsedAt, limit, role, text } from "../schema.ts";

export const keysParams = z.strictObject({ sid: accountSid });

const kind = z
  .enum(listedKinds)
  .describe("`endpoint-key`: of FusionAuth's API; `service-account`: one that has neither a key nor a token.");

export const keysQuery = z.strictObject({
  kind: kind.optional(),
  text: text.min(1).max(200).optional().describe("A part of a name, an id, or the characters that hint at a key."),
  state: z
    .enum(["expired", "idle"])
    .optional()
    .describe("`expired`: those that have ended; `idle`: those that nobody has used for 90 days."),
  after: z
    .string()
    .regex(/^\d{1,17}\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "must be `next` of the page before")
    .optional()
    .describe("`next` of the page before."),
  limit,
});

export const listedKey = z
  .object({
    kind,
    id: z.string().describe("What the calls that change or delete it name it by."),
    name: z.string().nullable(),
    publicId: z.string().nullable().describe("What the program that holds it names it by, where that is no secret."),
    hint: z.string().nullable().describe("The last characters of the key."),
    role: role.nullable(),
    permissions: z
      .array(z.string())
      .nullable()
      .describe("Null: everything that the role allows, or every endpoint of FusionAuth's API."),
    owner: z
      .object({ id: z.string(), name: z.string() })
      .nullable()
      .describe("The service account that it belongs to."),
    createdAt: z.string(),
    expiresAt: endsAt,
    expired: z.boolean(),
    lastUsedAt,
    bootstrapped: z
      .boolean()
      .describe(
        "The bootstrap file names it: deleted, it is made again at the next start, unless taken out of that file.",
      ),
  })
  .meta({ id: "ListedKey" });

export const keysReply = z.object({
  keys: z.array(listedKey).describe("Newest first."),
  next: z.string().nullable().describe("`after` of the next page; null on the last."),
});
