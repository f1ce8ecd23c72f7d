// What the session endpoint gives.

import { z } from "zod";
import { accountStatuses } from "../../../core/accounts/account.ts";
import { administratorQuery, role, text } from "../schema.ts";

export const sessionQuery = z.strictObject(administratorQuery);

export const passwordBody = z.strictObject({
  current: z.string().max(1024),
  new: text.max(1024).describe("At least 10 characters."),
});

export const sessionReply = z
  .object({
    credential: z
      .enum([
        ...(["auth-token", "api-key", "access-key", "client", "service-account", "personal-access-token"] as const),
        ...(["provider", "admin", "user"] as const),
      ])
      .describe(
        "How the caller proved who they are; `admin`, `user`: a person who has signed in, an administrator or not.",
      ),
    name: z.string().nullable().describe("Of a person: their name, or else the e-mail address."),
    email: z.string().nullable().describe("Of a person."),
    role: role.describe("In the account that is named."),
    accountSid: z.string().describe("The account that calls are about which name none."),
    accounts: z
      .array(
        z.object({
          sid: z.string(),
          parentSid: z.string().nullable(),
          friendlyName: z.string(),
          status: z.enum(accountStatuses),
          role: role.describe("What the caller is in it."),
        }),
      )
      .describe("Those that the caller reaches; people name one by `?account=`. At most 1000."),
    moreAccounts: z.boolean().describe("There are more than those."),
  })
  .meta({ id: "Session" });
