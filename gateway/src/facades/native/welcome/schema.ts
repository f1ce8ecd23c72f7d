// What the welcome takes and gives.

import { z } from "zod";
import { text } from "../schema.ts";

export const welcomeBody = z.strictObject({ token: text.min(1).max(100) });

export const welcomeReply = z.object({
  accountSid: z.string(),
  authToken: z.string(),
  accessKey: z.string().nullable(),
  phoneNumbers: z.array(z.string()),
});
