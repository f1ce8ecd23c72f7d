// What the endpoints of personal access tokens take and give. A token is given once, by whoever makes it.

import { z } from "zod";
import { accountSid, endsAt, expiresAt, lastUsedAt, text, uuid } from "../schema.ts";

export const tokensParams = z.strictObject({ sid: accountSid, id: uuid.describe("The service account.") });
export const tokenParams = z.strictObject({
  sid: accountSid,
  id: uuid.describe("The service account."),
  tokenId: uuid,
});

export const newToken = z.strictObject({
  name: text.min(1).max(64).describe("What it is for."),
  expiresAt,
});

const fields = {
  id: z.string(),
  name: z.string(),
  expiresAt: endsAt,
  createdAt: z.string(),
  lastUsedAt,
};

export const tokensReply = z.object({
  tokens: z
    .array(z.object(fields).meta({ id: "PersonalAccessToken" }))
    .describe("Oldest first, those that have expired too."),
});

export const madeToken = z
  .object({ ...fields, token: z.string().describe("`Authorization: Bearer …` everywhere. Shown this once.") })
  .meta({ id: "MadePersonalAccessToken" });
