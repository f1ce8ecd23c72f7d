// What the native accounts endpoints take and give. Auth tokens are never among it.

import { z } from "zod";
import { accountStatuses } from "../../../core/accounts/account.ts";
import { accountSid } from "../schema.ts";

export const accountParams = z.strictObject({ sid: accountSid });

export const account = z
  .object({
    sid: z.string(),
    parentSid: z.string().nullable(),
    friendlyName: z.string(),
    status: z.enum(accountStatuses),
    type: z.string(),
    environmentId: z.string().describe("PingOne's id of the account."),
    tenantId: z.string().describe("FusionAuth's id of the account."),
    resourceOwner: z.string().describe("ZITADEL's id of the account."),
    requireSignedRequests: z.boolean().describe("Does the Twilio API take this account's calls with a signature only?"),
    fallbackChain: z.array(z.string()).describe("Ids of providers in the order in which they are tried."),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "Account" });

export const accountsReply = z.object({ accounts: z.array(account) });

export const accountBody = z.strictObject({
  requireSignedRequests: z
    .boolean()
    .optional()
    .describe("Refuse calls of the Twilio API that are not signed with one of the account's public keys."),
});

export const chainBody = z.strictObject({
  providers: z
    .array(z.string().max(64))
    .max(20)
    .refine((ids) => new Set(ids).size === ids.length, "must not name a provider twice")
    .describe("Ids of the account's providers; the first is the active one."),
  expected: z
    .array(z.string().max(64))
    .max(20)
    .optional()
    .describe("The chain as you know it: when it is another one by now, nothing changes, and the answer is a 409."),
});

export const chainReply = z.object({ providers: z.array(z.string()) });
