// A key of any kind as the native API shows it.

import type { z } from "zod";
import { sidOf } from "../../../core/ids.ts";
import type { ListedKey } from "../../../store/key-list.ts";
import type { listedKey } from "./schema.ts";

export function presentListedKey(key: ListedKey, now: Date): z.output<typeof listedKey> {
  const { kind, id, name, hint, role, ownerId, ownerName } = key;
  const sid = kind === "api-key" ? sidOf("SK", id) : null;
  return {
    ...{ kind, name, hint, role },
    // Keys of service accounts are named by their key id.
    id: sid ?? (kind === "service-account-key" ? (key.publicId ?? id) : id),
    publicId: sid ?? key.publicId,
    permissions: permissionsOf(key),
    owner: ownerId === null ? null : { id: ownerId, name: ownerName ?? "" },
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    expired: key.expiresAt !== null && key.expiresAt <= now,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    bootstrapped: key.bootstrapped,
  };
}

function permissionsOf({ permissions }: ListedKey): string[] | null {
  if (permissions === null) return null;
  if (isList(permissions)) return [...permissions];
  return Object.entries(permissions).map(([endpoint, methods]) => `${methods.join(", ")} ${endpoint}`);
}

function isList(permissions: NonNullable<ListedKey["permissions"]>): permissions is readonly string[] {
  return Array.isArray(permissions);
}
