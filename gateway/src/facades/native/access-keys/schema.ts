// What the access key endpoints take and give. A key is given once, to whoever makes it.

import { z } from "zod";
import { accountSid, endsAt, expiresAt, lastUsedAt, role, text, uuid } from "../schema.ts";

export const keysParams = z.strictObject({ sid: accountSid });
export const keyParams = z.strictObject({ sid: accountSid, id: uuid });

const name = text.min(1).max(64).describe("What it is for.");

export const newKey = z.strictObject({ name, role: role.default("viewer"), expiresAt });

export const keyChanges = z
  .strictObject({ name: name.optional(), role: role.optional(), expiresAt: expiresAt.removeDefault().optional() })
  .refine((changes) => Object.keys(changes).length > 0, "must change something");

const fields = {
  id: z.string(),
  name: z.string(),
  role,
  hint: z.string().nullable().describe("Its last four characters; null: it is too short to show any of it."),
  createdAt: z.string(),
  updatedAt: z.string(),
  expiresAt: endsAt,
  lastUsedAt,
};

export const key = z.object(fields).meta({ id: "AccessKey" });

export const madeKey = z
  .object({
    ...fields,
    key: z.string().describe("As bearer token, or alone in `Authorization` for FusionAuth's API. Shown this once."),
  })
  .meta({ id: "MadeAccessKey" });

export const keysReply = z.object({ accessKeys: z.array(key).describe("Oldest first, those that have expired too.") });
