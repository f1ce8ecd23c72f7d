// Access keys as the native API shows them.

import type { z } from "zod";
import type { MadeAccessKey } from "../../../services/access-keys.ts";
import type { AccessKey } from "../../../store/access-keys.ts";
import type { key, madeKey } from "./schema.ts";

export function presentAccessKey(stored: AccessKey): z.output<typeof key> {
  return {
    id: stored.id,
    name: stored.name,
    role: stored.role,
    hint: stored.hint,
    createdAt: stored.createdAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
    expiresAt: stored.expiresAt?.toISOString() ?? null,
    lastUsedAt: stored.lastUsedAt?.toISOString() ?? null,
  };
}

export function presentMadeAccessKey({ key: made, secret }: MadeAccessKey): z.output<typeof madeKey> {
  return { ...presentAccessKey(made), key: secret };
}
