// What the session endpoint gives.

import { z } from "zod";
import { accountStatuses } from "../../../core/accounts/account.ts";
import { administratorQuery, role } from "../schema.ts";

export const sessionQuery = z.strictObject(administratorQuery);

export const sessionReply = z
  .object({
    credential: z
      .enum([
        ...(["auth-token", "api-key", "access-key", "client", "service-account", "personal-access-token"] as const),
        ...(["provider", "admin"] as const),
      ])
      .describe("How the caller proved who they are; `admin`: a person who has signed in."),
    name: z.string().nullable().describe("Of an administrator: the e-mail address."),
    role,
    accountSid: z.string().describe("The account that calls are about which name none."),
    accounts: z
      .array(
        z.object({
          sid: z.string(),
          parentSid: z.string().nullable(),
          friendlyName: z.string(),
          status: z.enum(accountStatuses),
        }),
      )
      .describe("Those that the caller reaches; administrators name one by `?account=`. At most 1000."),
    moreAccounts: z.boolean().describe("There are more than those."),
  })
  .meta({ id: "Session" });
