// Incoming hooks as the native API shows them, with the URL to paste.

import type { z } from "zod";
import type { IncomingHook } from "../../../store/incoming-hooks.ts";
import type { hook } from "./schema.ts";

/** `publicUrl`: under which the caller reaches the gateway. */
export function presentHook(stored: IncomingHook, publicUrl: string): z.output<typeof hook> {
  const { id, accountSid, platform, name, signingKey, unsigned, createdAt, updatedAt } = stored;
  return {
    ...{ id, accountSid, platform, name, unsigned },
    url: `${publicUrl}/hooks/${platform}/${id}`,
    hasSigningKey: signingKey !== null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
