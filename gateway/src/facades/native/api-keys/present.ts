// API keys as the native API shows them.

import type { z } from "zod";
import type { MadeApiKey } from "../../../services/api-keys.ts";
import type { ApiKey } from "../../../store/api-keys.ts";
import type { key, madeKey } from "./schema.ts";

export function presentApiKey(stored: ApiKey): z.output<typeof key> {
  const { sid, friendlyName, policy } = stored;
  return {
    ...{ sid, friendlyName, policy: policy && { allow: [...policy.allow] } },
    type: policy === null ? "standard" : "restricted",
    createdAt: stored.createdAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
    lastUsedAt: stored.lastUsedAt?.toISOString() ?? null,
  };
}

export function presentMadeApiKey({ key: made, secret }: MadeApiKey): z.output<typeof madeKey> {
  return { ...presentApiKey(made), secret };
}
