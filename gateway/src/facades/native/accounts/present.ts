// Accounts as the native API shows them: without their tokens.

import type { z } from "zod";
import type { Account } from "../../../core/accounts/account.ts";
import type { account } from "./schema.ts";

export function presentAccount(stored: Account): z.output<typeof account> {
  return {
    sid: stored.sid,
    parentSid: stored.parentSid,
    friendlyName: stored.friendlyName,
    status: stored.status,
    type: stored.type,
    environmentId: stored.environmentId,
    tenantId: stored.tenantId,
    resourceOwner: stored.resourceOwner,
    requireSignedRequests: stored.requiresSignedRequests,
    fallbackChain: [...stored.fallbackChain],
    createdAt: stored.createdAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
  };
}
