// What the auth token endpoints take and give. A secondary token is given once, when it is made.

import { z } from "zod";
import { accountSid } from "../schema.ts";

export const tokensParams = z.strictObject({ sid: accountSid });

export const tokens = z
  .object({
    primary: z.object({ since: z.string().describe("When it was promoted, or the account was made.") }),
    secondary: z
      .object({ createdAt: z.string() })
      .nullable()
      .describe("It authenticates beside the primary one. Null: there is none."),
  })
  .meta({ id: "AuthTokens" });

export const secondaryToken = z
  .object({ token: z.string().describe("32 hex digits. Shown this once."), createdAt: z.string() })
  .meta({ id: "SecondaryAuthToken" });

export const primaryToken = z.object({ token: z.string() }).meta({ id: "PrimaryAuthToken" });
