// Callbacks as the native API shows them.

import type { z } from "zod";
import type { CallbackDetail, ListedCallback } from "../../../store/callback-lists.ts";
import { withoutCredentials } from "../messages/present.ts";
import type { callback, callbacksReply } from "./schema.ts";

export function presentCallback(stored: ListedCallback): z.output<typeof callbacksReply>["callbacks"][number] {
  const { id, messageSid, kind, method, url, state, attempts, lastStatus, lastError } = stored;
  return {
    ...{ id, messageSid, kind, method, state, attempts, lastStatus, lastError },
    url: withoutCredentials(url),
    nextAt: stored.dueAt?.toISOString() ?? null,
    createdAt: stored.createdAt.toISOString(),
    finishedAt: stored.finishedAt?.toISOString() ?? null,
  };
}

export function presentDetail(detail: CallbackDetail): z.output<typeof callback> {
  return { ...presentCallback(detail), fields: detail.fields.map(([name, value]) => ({ name, value })) };
}
