// Personal access tokens as the native API shows them.

import type { z } from "zod";
import type { MadeToken } from "../../../services/oauth/service-accounts.ts";
import type { PersonalAccessToken } from "../../../store/personal-access-tokens.ts";
import type { madeToken } from "./schema.ts";

export function presentToken({ id, name, expiresAt, createdAt, lastUsedAt }: PersonalAccessToken) {
  return {
    ...{ id, name, expiresAt: expiresAt?.toISOString() ?? null, createdAt: createdAt.toISOString() },
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}

export function presentMadeToken({ token, secret }: MadeToken): z.output<typeof madeToken> {
  return { ...presentToken(token), token: secret };
}
