// Keys with permissions by endpoint as the native API shows them.

import type { z } from "zod";
import type { EndpointKey } from "../../../store/endpoint-keys.ts";
import type { key } from "./schema.ts";

export function presentEndpointKey(stored: EndpointKey): z.output<typeof key> {
  const endpoints = Object.entries(stored.endpoints).map(
    ([path, methods]) => [path, [...methods]] satisfies [string, string[]],
  );
  return {
    id: stored.id,
    name: stored.name,
    endpoints: Object.fromEntries(endpoints),
    createdAt: stored.createdAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
    expiresAt: stored.expiresAt?.toISOString() ?? null,
    lastUsedAt: stored.lastUsedAt?.toISOString() ?? null,
  };
}
