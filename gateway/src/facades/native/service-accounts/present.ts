// Service accounts and their keys as the native API shows them.

import type { z } from "zod";
import type { MadeKey } from "../../../services/oauth/service-accounts.ts";
import type { ServiceAccount, ServiceAccountKey } from "../../../store/service-accounts.ts";
import type { account, madeKey } from "./schema.ts";

export function presentServiceAccount(stored: ServiceAccount): z.output<typeof account> {
  return {
    id: stored.id,
    accountSid: stored.accountSid,
    userId: stored.userId,
    name: stored.name,
    role: stored.role,
    createdAt: stored.createdAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
  };
}

export function presentKey({ id, keyId, expiresAt, createdAt, lastUsedAt }: ServiceAccountKey) {
  return {
    ...{ id, keyId, expiresAt: expiresAt?.toISOString() ?? null, createdAt: createdAt.toISOString() },
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}

export function presentMadeKey({ key, file }: MadeKey): z.output<typeof madeKey> {
  return { ...presentKey(key), keyFile: file };
}
